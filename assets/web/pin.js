// The PIN typed while Python starts, on a tablet that has one: kept in the field and nowhere else until Python takes
// it, once. Whatever fails here, the lock screen comes as it would without.
const KNOWN = "has a pin"; // in localStorage: whether there is one, never which
const LENGTH = 6;
const PAUSE = 4_000, LONGEST = 20_000; // milliseconds: who typed so lately is still typing; what Python waits at most
const EARLY = "Tapez-le déjà : la tablette se déverrouillera dès qu’elle sera prête.";
const ENOUGH = "Code noté. La tablette se déverrouille dès qu’elle est prête.";
const GO_ON = "La tablette est prête : tapez la fin du code.";
const box = document.getElementById("pin"), input = document.getElementById("digits");
const note = document.getElementById("pin-note");
let touched = -Infinity, isTaking = false, handedOver;

// Python takes it, or says that there is nothing to ask for: the splash stands until then. Of whether Python draws
// another screen for it.
export const handOver = new Promise((resolve) => { handedOver = resolve; });
export const isOffered = () => box.isConnected && !box.hidden;
export const isAwaited = () => isTaking && isOffered(); // Python waits for the rest of the digits

export function offerPin() {
  try {
    if (localStorage.getItem(KNOWN) === null || !box.isConnected) return;
  } catch { return; } // a browser that refuses storage to this page
  note.textContent = EARLY;
  box.hidden = false;
  beneath.observe(document.body, { childList: true });
  setInert(true);
  input.focus({ preventScroll: true });
}

export function withdrawPin() {
  input.value = "";
  box.hidden = true;
  beneath.disconnect();
  setInert(false);
}

// Flutter takes the focus when it begins to draw, and the next digits with it: not from under the field.
const beneath = new MutationObserver(() => setInert(true));

function setInert(isInert) {
  for (const view of document.querySelectorAll("body > flutter-view")) view.inert = isInert;
}

function touch() { touched = performance.now(); }

input.addEventListener("pointerdown", touch);
input.addEventListener("input", () => {
  touch();
  const digits = input.value.replace(/\D/g, "");
  if (digits !== input.value) input.value = digits;
  note.textContent = digits.length === LENGTH ? ENOUGH : isTaking ? GO_ON : EARLY;
});

// Nobody's digits are cut in two: some in this field, the others in the one that Flutter puts in its place.
async function waitForRest() {
  const until = performance.now() + LONGEST;
  const isAtIt = () => input.value.length < LENGTH && performance.now() < Math.min(until, touched + PAUSE);
  if (isAtIt()) note.textContent = GO_ON;
  while (isAtIt()) await new Promise((resolve) => { setTimeout(resolve, 50); });
}

export async function takePin() {
  remember(true);
  isTaking = true;
  if (isOffered()) await waitForRest();
  return close(true);
}

export function expectPin(hasPin) {
  remember(hasPin);
  if (!hasPin) close(false);
}

// Returns what was typed; the field goes, and the digits with it.
function close(isAnswered) {
  const wasOffered = isOffered(), digits = wasOffered ? input.value : "";
  withdrawPin();
  box.remove();
  handedOver(wasOffered && isAnswered);
  return digits;
}

function remember(hasPin) {
  try {
    if (hasPin) localStorage.setItem(KNOWN, "1");
    else localStorage.removeItem(KNOWN);
  } catch { /* a browser that refuses storage, or has no room: the next start asks on its lock screen */ }
}
