// Between the page and Python's worker: Flutter's frames, what Python asks of the page, what the page tells Python.
import { offerPin, withdrawPin } from "./pin.js";
import { advance, drawn, uncover } from "./splash.js";

let worker;
let receive = null; // of Flutter, once it connects
let frames = 0;
let resolveListening;
const listening = new Promise((resolve) => { resolveListening = resolve; });

// `told.started(build)` and `told.answer(name, value)` are the page's; a promise from the second.
export function startPython(hash, told) {
  worker = new Worker(new URL("worker.js", document.baseURI), { type: "module", name: "python" });
  worker.postMessage({ kind: "opened", hash });
  worker.onerror = (event) => opening.fail(event.message || "worker");
  worker.onmessage = (event) => {
    const said = event.data;
    if (said instanceof Uint8Array) handFrame(said);
    else SAID[said.kind](said, told);
  };
}

function handFrame(frame) {
  receive?.(frame);
  frames += 1;
  if (frames > 1) drawn(); // the first is the answer to Flutter's registration, the next the first screen
}

const SAID = {
  step: (said) => advance(said.name),
  busy: () => {
    withdrawPin();
    opening.say("L’application est déjà ouverte dans un autre onglet ou une autre fenêtre. Fermez-la :"
      + " elle s’ouvrira ici toute seule.");
  },
  turn: () => { opening.say("L’application s’ouvre…"); offerPin(); },
  listening: () => { resolveListening(); },
  started: (said, told) => { opening.started = true; uncover(); told.started(said.build); },
  failed: (said) => opening.fail(said.reason, said.build),
  ask: (said, told) => told.answer(said.name, said.value).then(
    (value) => worker.postMessage({ kind: "answer", id: said.id, value }),
    (error) => worker.postMessage({ kind: "answer", id: said.id, error: String(error) })),
};

// To Python: `listen` hears it, at once or when it begins to listen.
export function tell(name, value) { worker.postMessage({ kind: "event", name, value }); }

// Flutter calls these three by name; its own python.js would start a worker of its own, after itself.
export function connectFlutter() {
  globalThis.jsConnect = async (appId, args, onMessage) => {
    receive = onMessage;
    worker.postMessage({ kind: "connect", documentUrl: document.URL });
    await listening;
  };
  globalThis.jsSend = async (appId, data) => worker.postMessage(data, [data.buffer]);
  globalThis.jsDisconnect = async () => {}; // Python stays: its state is the tablet's
}
