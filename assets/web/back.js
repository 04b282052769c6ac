// Back (the browser’s, Android’s): one step back inside the application while something is open in it. Entries of our
// own stand in the history meanwhile, and Python hears « back » when one goes. A browser passes over entries made
// without a finger on the screen: they are made at a tap, two of them, so that Back tapped twice stays inside too.
import { tell } from "./bridge.js";

const DEEP = 2;
let held = false; // Python wants to hear of Back
let depth = history.state?.held ?? 0; // how many of ours are behind this one, also after a reload
let ours = false; // they go by our own hand: the event is no tap

function fill() {
  if (!held || ours) return;
  while (depth < DEEP) {
    depth += 1;
    history.pushState({ held: depth }, "");
  }
}

export function holdBack(wanted) {
  held = wanted;
  if (ours) return; // decided once they are gone
  if (!held && depth) {
    ours = true;
    history.go(-depth);
  } else if (navigator.userActivation?.isActive ?? true) fill();
}

// A link that was opened has an entry of its own, after ours: its code is taken, and it goes.
export function leaveLink() {
  if (!depth) return;
  ours = true;
  history.back();
}

export function watchBack() {
  for (const name of ["pointerdown", "keydown"]) addEventListener(name, fill, true);
  addEventListener("popstate", (event) => {
    if (location.hash && !location.hash.startsWith("#/")) return; // a link was opened
    if (depth || event.state?.held) event.stopImmediatePropagation(); // Flutter would take it for a route
    const before = depth;
    depth = event.state?.held ?? 0;
    if (ours) {
      ours = false;
      fill();
    } else if (held && depth < before) tell("back", true);
  }, true);
}
