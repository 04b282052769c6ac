// Where and when the finger falls. The second half of a double tap falls where the first did, at once; a tap elsewhere is
// another one, meant (`field_app.ports.taps`). Python hears of it before Flutter tells what was tapped: that comes as the
// finger goes up.
import { tell } from "./bridge.js";

const WOBBLE = 64; // how far apart a thumb's two taps fall at most, in pixels of CSS: more than a finger is wide
const BUSY = 150; // milliseconds to hear of a finger, beyond which it aimed at another screen than the one drawn since

let last = null;

function tellOf(event, elsewhere) {
  const age = performance.now() - event.timeStamp;
  tell("pressed", { elsewhere: elsewhere && age < BUSY, fell: (Date.now() - age) / 1000 });
}

export function watchPresses() {
  addEventListener("pointerdown", (event) => {
    const { clientX: x, clientY: y } = event;
    tellOf(event, last !== null && Math.hypot(x - last.x, y - last.y) > WOBBLE);
    last = { x, y };
  }, true);
  // What has the focus is pressed, or what a screen reader reads: where it was, for all one knows.
  addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") tellOf(event, false);
  }, true);
  addEventListener("click", (event) => {
    if (event.detail === 0) tellOf(event, false);
  }, true);
}
