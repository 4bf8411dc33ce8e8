// Keys: a to z and digits for classes, the rest for moving and commands. Typing into a field is left alone.
import { state } from "./state.js";

export const COMMANDS = [
  ["W A S D", "to the next split-image; arrow keys too"],
  ["N", "next of the list, or next without a label"],
  ["T", "go to a split-image by its name"],
  ["E", "accept the prediction of the model shown"],
  ["X", "take the label off (also Delete)"],
  ["U, R", "undo, redo"],
  ["P, B", "choose by polygon, by box"],
  ["Shift + arrows", "choose a block from the current split-image"],
  ["Enter, Esc", "close the polygon; cancel the selection"],
  [", .", "earlier, later scene"],
  ["[ ]", "change what is shown"],
  ["V, G", "stretch to the view; grid on and off"],
  ["Right drag", "brightness (up, down), contrast (left, right)"],
  ["+ − 0", "zoom in, out, whole scene"],
  ["?", "this help"],
];
const TAKEN = "wasdntexurpbvgh";
const FREE = [..."abcdefghijklmnopqrstuvwxyz"].filter((letter) => !TAKEN.includes(letter));
const KEYS = [..."123456789", ...FREE, ...[..."abcdefghijklmnopqrstuvwxyz"].map((letter) => `⇧${letter}`)];

/** Return the key of a class as it is written; its number where there are more classes than keys. */
export function keyOf(classId) {
  const position = state.classes.findIndex((entry) => entry.class_id === classId);
  return KEYS[position]?.toUpperCase() ?? String(classId);
}

/** Listen: `label` is called with a class, `commands` holds a function by key. */
export function start(label, commands) {
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=range], [type=checkbox]), textarea, dialog");
    const moving = event.target.closest("select, input[type=range]") && event.key.startsWith("Arrow");
    if (typing || moving || event.altKey || event.metaKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.ctrlKey) {
      const command = { z: event.shiftKey ? "r" : "u", y: "r" }[key];
      if (command) {
        event.preventDefault();
        commands[command]();
      }
      return;
    }
    if ((key === "Enter" || key === " ") && event.target.closest("button, summary, select, input")) return;
    const position = KEYS.indexOf(event.shiftKey && /^[a-z]$/.test(key) ? `⇧${key}` : key);
    const command = commands[event.shiftKey && key.startsWith("Arrow") ? `Shift+${key}` : key];
    if (position >= 0 && position < state.classes.length) label(state.classes[position].class_id);
    else if (command && !(event.shiftKey && /^[a-z]$/.test(key))) command();
    else return;
    event.preventDefault();
    event.target.closest("select")?.blur();
  });
}
