/* The code of a scanned slip stands after the #: into the field, and out of the address bar and the history. */
"use strict";
function take() {
  const scanned = window.location.hash.slice(1);
  if (!/^[A-Za-z0-9-]{1,40}$/.test(scanned) || scanned === "contenu") return;
  document.getElementById("code").value = scanned.toUpperCase();
  window.history.replaceState(null, "", window.location.pathname);
}
take();
window.addEventListener("hashchange", take); // a second slip scanned into the same tab
