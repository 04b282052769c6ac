// Python's answer before the next frame. After a tap Chromium draws frame upon frame before it hears anything else:
// the splash under the finger held back, for a tenth of a second, the message that brings the next screen. Here a
// frame is asked for by a message to ourselves: what was sent before it is heard first.
const turn = new MessageChannel();
const browsersFrame = globalThis.requestAnimationFrame.bind(globalThis);
let waiting = new Map();
let due = new Map(); // of the frame that is being drawn
let asked = false;
let last = 0;

turn.port1.onmessage = () => browsersFrame((time) => {
  due = waiting;
  waiting = new Map();
  asked = false;
  for (const draw of due.values()) {
    try { draw(time); } catch (error) { reportError(error); } // as a browser does: the others are still drawn
  }
});

function ask(draw) {
  if (!asked) turn.port2.postMessage(null);
  asked = true;
  last += 1;
  waiting.set(last, draw);
  return last;
}

export function hearBetweenFrames() {
  globalThis.requestAnimationFrame = ask;
  globalThis.cancelAnimationFrame = (number) => {
    waiting.delete(number);
    due.delete(number);
  };
}
