// Where the finger falls. The second half of a double tap falls where the first did; a tap elsewhere is another one,
// meant (`field_app.ports.taps`). Python hears of it before Flutter tells what was tapped: that comes as the finger
// goes up.
import { tell } from "./bridge.js";

const WOBBLE = 64; // how far apart a thumb's two taps fall at most, in pixels of CSS: more than a finger is wide

let last = null;

export function watchPresses() {
  addEventListener("pointerdown", ({ clientX: x, clientY: y }) => {
    tell("pressed elsewhere", last !== null && Math.hypot(x - last.x, y - last.y) > WOBBLE);
    last = { x, y };
  }, true);
  addEventListener("keydown", ({ key }) => { // what has the focus is pressed: where it was, for all one knows
    if (key === "Enter" || key === " ") tell("pressed elsewhere", false);
  }, true);
}
