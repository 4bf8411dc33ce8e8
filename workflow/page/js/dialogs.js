// Help, the history of all changes, and what to do when the server has gone.
import { change, hint, tryAsk } from "./api.js";
import { COMMANDS } from "./keys.js";
import { element, make } from "./state.js";

const STEPS = [
  "Click a split-image, or move with W A S D. It is shown enlarged on the right, with its vario functions.",
  "Press the key of a class, 1 to 9 or a letter, or click its button. The label is saved at once; U undoes it.",
  "For many at a time, draw a polygon (P) or drag a box with Shift held, then press the key of the class.",
  "Leave a split-image that shows two classes without a label.",
];
const KINDS = { set: "labelled", clear: "cleared", undo: "undone", redo: "redone", restore: "restored", outside: "edited outside" };

export function help() {
  const dialog = element("help-dialog");
  dialog.replaceChildren(
    make("h2", {}, "Split Image Explorer"),
    make("ol", {}, ...STEPS.map((text) => make("li", {}, text))),
    make("dl", {}, ...COMMANDS.flatMap(([keys, text]) => [make("dt", {}, keys), make("dd", {}, text)])),
    make("form", { method: "dialog" }, make("button", { className: "strong", autofocus: true }, "Start labelling")),
  );
  if (!dialog.open) dialog.showModal();
}

export async function history() {
  const batches = await tryAsk("api/history");
  if (!batches) return;
  const dialog = element("history-dialog");
  const restore = async (entry) => {
    dialog.close();
    const answer = await change("api/labels/restore", { entry });
    if (answer) hint(`${answer.n_tiles} split-images restored; U undoes it`);
  };
  const row = ({ at, by, kind, tiles, before }) =>
    make("tr", {}, make("td", {}, at.slice(0, 19).replace("T", " ")), make("td", {}, by || "?"),
      make("td", {}, `${tiles} ${KINDS[kind] ?? kind}`),
      make("td", {}, make("button", { onclick: () => restore(before) }, "Back to before this")));
  const table = make("table", {}, make("tbody", {}, ...batches.map(row)));
  dialog.replaceChildren(
    make("h2", {}, "History"),
    make("p", {}, batches.length ? "Labels can be restored as they were at any time (UTC)." : "Nothing has been labelled yet."),
    make("div", { className: "scroll" }, table),
    make("form", { method: "dialog" }, make("button", { className: "strong" }, "Close")),
  );
  dialog.showModal();
}

export function start() {
  element("help").addEventListener("click", help);
  element("history").addEventListener("click", history);
  element("lost-dialog").replaceChildren(
    make("h2", {}, "The server was restarted"),
    make("p", {}, "Open the URL that it has printed. All saved labels are kept."),
    make("form", { method: "dialog" }, make("button", {}, "Close")),
  );
  try {
    if (localStorage.getItem("helped")) return;
    localStorage.setItem("helped", "yes");
  } catch {
    // a browser that keeps nothing shows the help each time
  }
  help();
}
