// The worker's end of the line to its page: Flutter's frames both ways, questions to the page, events from it.

export const flet = {}; // flet's own names: Python sets `start_connection` and `send` on it
// What stood after the « # » of the address that the page was opened with.
export const opened = { hash: "", toString() { return this.hash; } };

let resolveConnected;
export const connected = new Promise((resolve) => { resolveConnected = resolve; });

const waiting = new Map(); // questions by number
const latest = new Map(); // of each event the last value: who listens late still hears it
const listeners = [];
let asked = 0;

export function tellPage(message) { self.postMessage(message); }

flet.receive_callback = (frame) => {
  const bytes = frame.toJs(); // a copy of Python's bytes: its buffer may be given away
  self.postMessage(bytes, [bytes.buffer]);
};

const plain = (value) => value?.toJs?.({ dict_converter: Object.fromEntries }) ?? value;

// Ask the page. A promise of its answer.
export function page(name, value) {
  asked += 1;
  tellPage({ kind: "ask", id: asked, name, value: plain(value) });
  return new Promise((resolve, reject) => { waiting.set(asked, { resolve, reject }); });
}

// Hear the page's events as callback(name, value), from those already told on.
export function listen(callback) {
  const kept = callback.copy?.() ?? callback; // Pyodide lets go of an argument when the call returns
  listeners.push(kept);
  for (const [name, value] of latest) kept(name, value);
}

const HEARD = {
  opened: ({ hash }) => { opened.hash = hash; },
  connect: ({ documentUrl }) => { flet.documentUrl = documentUrl; resolveConnected(); },
  answer: ({ id, value, error }) => {
    const question = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) question?.resolve(value);
    else question?.reject(new Error(error));
  },
  event: ({ name, value }) => {
    if (name === "opened") opened.hash = value;
    latest.set(name, value);
    for (const listener of listeners) listener(name, value);
  },
};

export function hear() {
  self.onmessage = (event) => {
    if (event.data instanceof Uint8Array) flet.send?.(event.data);
    else HEARD[event.data.kind](event.data);
  };
}
