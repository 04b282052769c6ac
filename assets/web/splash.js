// The words and the bar over everything until the first screen is drawn. The bar tells the steps of Python's start:
// the longer half of the wait.
import { handOver, isAwaited, isOffered } from "./pin.js";

const SHARES = { fetched: 20, python: 55, unpacked: 62, imported: 92, connected: 96 };
const bar = document.getElementById("bar");
let flutterDraws = false, screenSent = false;

export function advance(step) {
  const share = SHARES[step];
  if (share === undefined) return;
  bar.setAttribute("aria-valuenow", share);
  bar.firstElementChild.style.width = `${share}%`;
}

// Without a service worker in charge all of it comes over the network.
export function showFirstVisit() {
  if (navigator.serviceWorker.controller) return;
  opening.say("Première ouverture : l’application se télécharge.",
    `${opening.size} Mo, une seule fois. Ensuite, elle s’ouvre sans réseau.`);
}

addEventListener("flutter-first-frame", () => { flutterDraws = true; leaveWhenDrawn(); }, { once: true });

export function drawn() { screenSent = true; leaveWhenDrawn(); }

// Whatever was missed: the application is never kept behind. But for who is typing the rest of a PIN, some seconds.
export function uncover() {
  setTimeout(() => { if (isAwaited()) handOver.then(leave); else leave(); }, isOffered() ? 15_000 : 8_000);
}

function leaveWhenDrawn() {
  if (isOffered()) return;
  // Two frames: the one that draws the screen, and the one after which it is on the glass.
  if (flutterDraws && screenSent) requestAnimationFrame(() => requestAnimationFrame(leave));
}

// What was drawn before Python had the PIN is not what the worker is to see: the next screen is.
handOver.then((isAnotherDrawn) => {
  if (isAnotherDrawn) screenSent = false;
  else leaveWhenDrawn();
});

function leave() {
  if (!opening.failing) document.getElementById("splash")?.remove(); // else it says what is wrong
}
