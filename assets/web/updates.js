// The builds on this device: the page's side of the service worker.
import { tell } from "./bridge.js";

let registration = null;
let reloading = false;

export async function watchBuilds() {
  const controlled = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    // Another build took over while this page was still waiting its turn: it would mix two builds.
    if (controlled && !opening.started && !reloading) reload();
  });
  registration = await navigator.serviceWorker.register("sw.js", { scope: "./", updateViaCache: "none" });
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", announce);
  });
  announce();
}

// `waiting` for a moment at the very first install too, when nothing is there to be replaced.
function announce() { tell("update ready", Boolean(registration.waiting && registration.active)); }

export async function lookForBuild() {
  try { await registration.update(); return true; } catch { return false; } // no network, or a damaged build
}

export async function takeOver() {
  if (!registration?.waiting) return false;
  const changed = new Promise((resolve) => {
    navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true });
  });
  registration.waiting.postMessage({ kind: "take over" });
  await changed;
  reload();
  return true;
}

function reload() { reloading = true; location.reload(); }

// From now on this build may be gone back to, and the one before may go.
export async function reportStarted(build) {
  const { active } = await navigator.serviceWorker.ready;
  const channel = new MessageChannel();
  channel.port1.onmessage = (event) => { if (event.data.back) tell("went back", true); };
  active.postMessage({ kind: "started", build }, [channel.port2]);
}
