// Brightness and contrast by mouse: drag with the right button; the image follows at once and is developed anew at the end.
import { map } from "./map.js";
import { element, emit, state } from "./state.js";

const REACH = 300; // screen pixels that halve or double the contrast, or move the brightness by half the stretch

let from = null;
let wanted = null;

function begin(event) {
  if (event.button !== 2 || !state.scene) return;
  from = { x: event.clientX, y: event.clientY, stretch: state.stretch };
  map.getContainer().setPointerCapture(event.pointerId);
}

function move({ clientX, clientY }) {
  if (!from) return;
  const [low, high] = from.stretch;
  const width = (high - low) * 2 ** (-(clientX - from.x) / REACH);
  const middle = (low + high) / 2 + ((clientY - from.y) / REACH) * ((high - low) / 2);
  wanted = [middle - width / 2, middle + width / 2];
  // The image on the screen was stretched from `low` to `high`: a line takes it to the stretch that is wanted.
  for (const line of element("stretch-filter").querySelectorAll("feFuncR, feFuncG, feFuncB")) {
    line.setAttribute("slope", (high - low) / width);
    line.setAttribute("intercept", (low - wanted[0]) / width);
  }
  map.getPane("tilePane").style.filter = "url(#stretch-filter)";
}

function end() {
  if (from && wanted) {
    state.stretch = wanted;
    emit("stretch");
  }
  map.getPane("tilePane").style.filter = "";
  from = wanted = null;
}

export function start() {
  const frame = map.getContainer();
  frame.addEventListener("pointerdown", begin);
  frame.addEventListener("pointermove", move);
  frame.addEventListener("pointerup", end);
  frame.addEventListener("pointercancel", end);
  frame.addEventListener("contextmenu", (event) => event.preventDefault());
}
