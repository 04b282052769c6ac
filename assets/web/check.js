// Before all else, in the JavaScript of ten years ago: may this browser run the application at all, and what to do
// when it may not. Also the last resort: it tells the service worker of a build whose own page does not even load.
(function () {
  "use strict";
  var words = document.getElementById("words"), detail = document.getElementById("detail");
  var again = document.getElementById("again"), bar = document.getElementById("bar");
  var splash = document.getElementById("splash");
  var opening = window.opening = { allowed: false, started: false, failing: false };

  opening.size = document.currentScript.getAttribute("data-size");

  opening.say = function (text, more, retry) {
    words.textContent = text;
    detail.textContent = more || "";
    detail.hidden = !more;
    again.hidden = !retry;
    bar.hidden = Boolean(retry);
  };

  again.onclick = function () { location.reload(); };

  // A struct type: the smallest module that only a browser with WasmGC takes. Flutter's half needs it.
  function knowsWasmGc() {
    try {
      return WebAssembly.validate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 95, 1, 120, 0]));
    } catch (error) { return false; }
  }

  function knowsModuleWorkers() {
    var asked = false;
    try {
      var address = URL.createObjectURL(new Blob([""], { type: "text/javascript" }));
      new Worker(address, { get type() { asked = true; return "module"; } }).terminate();
    } catch (error) { /* asked says it all */ }
    return asked;
  }

  function draws3d() {
    try { return Boolean(document.createElement("canvas").getContext("webgl")); } catch (error) { return false; }
  }

  function missing() {
    if (!window.isSecureContext) return "https";
    if (!knowsWasmGc()) return "WasmGC";
    if (!navigator.storage || !navigator.storage.getDirectory || !window.FileSystemFileHandle) return "OPFS";
    if (!navigator.locks || !navigator.serviceWorker || !window.crypto.subtle) return "Web Locks";
    if (!knowsModuleWorkers()) return "module workers";
    return draws3d() ? "" : "WebGL";
  }

  var OLD = "Ce navigateur est trop ancien pour l’application. Mettez-le à jour (Chrome ou Edge 119, Firefox 120,"
    + " Safari 18.2, ou plus récent), puis rouvrez cette adresse. Rien n’est effacé.";
  var WORDS = {
    https: "L’adresse de l’application doit commencer par https : corrigez-la, ou redemandez le lien à votre"
      + " coordination.",
    WebGL: "Ce navigateur n’a pas le droit de dessiner (WebGL). Activez l’accélération graphique dans ses réglages,"
      + " puis rouvrez-le. Rien n’est effacé.",
    OPFS: OLD + " En navigation privée, ouvrez plutôt une fenêtre ordinaire."
  };

  var lacking = missing();
  opening.allowed = lacking === "";
  if (!opening.allowed) opening.say(WORDS[lacking] || OLD, "Il manque : " + lacking, lacking !== "https");

  function ask(message, answered) {
    var worker = navigator.serviceWorker && navigator.serviceWorker.controller;
    if (!worker) { answered({}); return; }
    var channel = new MessageChannel();
    var late = setTimeout(function () { answered({}); }, 3000);
    channel.port1.onmessage = function (event) { clearTimeout(late); answered(event.data); };
    worker.postMessage(message, [channel.port2]);
  }

  // Nothing to go back to: a mended build is let in as soon as one is there, since no form is open in this one.
  function waitForAnother() {
    navigator.serviceWorker.getRegistration().then(function (registration) {
      if (!registration) return;
      navigator.serviceWorker.addEventListener("controllerchange", function () { location.reload(); });
      registration.update().catch(function () { /* no network: asked again at the next try */ });
      setInterval(function () {
        if (registration.waiting) registration.waiting.postMessage({ kind: "take over" });
      }, 1000);
    });
  }

  // `build` is what failed, when it got far enough to know; the service worker knows it otherwise.
  opening.fail = function (reason, build) {
    if (opening.started || opening.failing) return;
    opening.failing = true;
    if (!splash.parentNode) document.body.appendChild(splash); // the first screen stood there already
    var pin = document.getElementById("pin");
    if (pin) pin.parentNode.removeChild(pin); // nothing will take what is typed there
    ask({ kind: "failed", build: build || "" }, function (answer) {
      if (answer.next === "again") {
        opening.say("L’application n’a pas pu s’ouvrir, elle réessaie. Rien n’est effacé.", reason);
        setTimeout(function () { location.reload(); }, 1500);
      } else if (answer.next === "back") {
        opening.say("La nouvelle version ne s’ouvre pas sur cette tablette : la précédente revient. Rien n’est"
          + " effacé.", reason);
        setTimeout(function () { location.reload(); }, 2500);
      } else {
        opening.say("L’application ne peut pas s’ouvrir. Rien n’est effacé : ce qui a été enregistré reste dans la"
          + " tablette. Réessayez ; si cela revient, prévenez votre coordination.", reason, true);
        waitForAnother();
      }
    });
  };

  var OURS = /\/(page|bridge|device|updates|splash)\.js$/;
  window.addEventListener("error", function (event) {
    var script = event.target && event.target.tagName === "SCRIPT";
    if (script || OURS.test(event.filename || "")) opening.fail(script ? event.target.src : event.message);
  }, true); // capture: a script that does not load says it to nobody else
}());
