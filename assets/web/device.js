// What Python asks of the page, since a worker has no window, and what the page tells of its own accord.
import { holdBack } from "./back.js";
import { tell } from "./bridge.js";
import { expectPin, takePin } from "./pin.js";
import { printPicture } from "./print.js";
import { lookForBuild, takeOver } from "./updates.js";

const UNSEEN = 500; // milliseconds after which nobody looks: a tab in the background draws no frame
let prompt = null; // Chrome's offer to install, kept until someone wants it

const isStandalone = () => matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;

async function state() {
  const { quota = 0, usage = 0 } = await navigator.storage.estimate();
  return { persisted: await navigator.storage.persisted(), standalone: isStandalone(), quota, usage };
}

async function install() {
  if (!prompt) return "unavailable";
  const offer = prompt;
  prompt = null; // it may be shown once
  tell("installable", false);
  await offer.prompt();
  return (await offer.userChoice).outcome;
}

// The frame after this one: Flutter asked for its own before. A tab that is not looked at draws none.
const draw = () => new Promise((resolve) => requestAnimationFrame(resolve));
const awaitFrame = () => Promise.race([draw().then(draw), new Promise((resolve) => setTimeout(resolve, UNSEEN))])
  .then(() => true);

const ANSWERS = {
  frame: awaitFrame,
  vibrate: (milliseconds) => navigator.vibrate?.(milliseconds) ?? false,
  print: printPicture,
  persist: async () => { await navigator.storage.persist(); return state(); },
  state,
  install,
  update: lookForBuild,
  "take over": takeOver,
  online: () => navigator.onLine,
  "hold back": async (wanted) => holdBack(wanted),
  "take pin": takePin,
  "expect pin": expectPin,
};

export async function answer(name, value) {
  if (!Object.hasOwn(ANSWERS, name)) throw new Error(`the page has no answer to « ${name} »`);
  return ANSWERS[name](value);
}

export function watchDevice() {
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault(); // the application offers it itself, where it explains what for
    prompt = event;
    tell("installable", true);
  });
  addEventListener("appinstalled", () => { prompt = null; tell("installable", false); });
  const show = () => tell("visibility", document.visibilityState);
  document.addEventListener("visibilitychange", show);
  show();
  const standalone = matchMedia("(display-mode: standalone)");
  standalone.addEventListener("change", () => tell("standalone", isStandalone()));
  tell("standalone", isStandalone());
}
