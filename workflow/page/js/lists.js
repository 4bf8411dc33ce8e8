// What to look at next: the queue, labels that models doubt, or tiles without a label; and going through them.
import { hint, tryAsk } from "./api.js";
import { go } from "./map.js";
import { classOf, element, make, on, state, tileId } from "./state.js";
import { open } from "./tile.js";

const SHOWN = 300; // rows of a list in the page
const lists = { queue: [], label_errors: [] };
const judged = new Set(); // doubtful labels that have been given a class here
let led = ""; // the split-image that the list of those without label has led to

const labelled = ({ tile_id: name }) => state.labels.has(name) || state.pending.has(name);
const done = (row) => (element("list").value === "label_errors" ? judged.has(row.tile_id) : labelled(row));
const chip = (id) => make("span", { className: "swatch", style: `background:${classOf(id)?.colour ?? "#888"}` });

function about(row) {
  if (element("list").value === "queue") return [chip(row.class_id), ` ${row.reason}`];
  return [chip(row.class_id), " → ", chip(row.proposed_id), ` ${classOf(row.proposed_id)?.class_name ?? row.proposed_id}`];
}

function rows() {
  return lists[element("list").value] ?? [];
}

function renew() {
  const shown = rows().slice(0, SHOWN);
  const current = state.current < 0 ? "" : tileId(state.current);
  element("list-rows").replaceChildren(
    ...shown.map((row) =>
      make("li", { className: `${done(row) ? "done" : ""} ${row.tile_id === current ? "here" : ""}` },
        make("button", { className: "plain", onclick: () => open(row.tile_id) }, row.tile_id), make("small", {}, ...about(row))),
    ),
  );
  element("list-rows").querySelector(".here")?.scrollIntoView({ block: "nearest" });
}

function choices() {
  const made = [
    ["queue", `Queue (${lists.queue.length})`],
    ["label_errors", `Doubtful labels (${lists.label_errors.length})`],
    ["unlabelled", "Without label in this scene"],
  ].filter(([name]) => name === "unlabelled" || lists[name].length);
  element("list").replaceChildren(...made.map(([value, text]) => make("option", { value }, text)));
  renew();
}

/** Go to the next of the list that has no label, or, of doubtful labels, that has not been judged. */
export async function next() {
  const list = element("list").value;
  if (list === "unlabelled") {
    const n = state.scene.tile_ids.length;
    for (let step = 1; step <= n; step += 1) {
      const position = (Math.max(state.current, -1) + step) % n;
      if (labelled({ tile_id: tileId(position) })) continue;
      led = tileId(position);
      return go(position, true);
    }
    return hint("Every split-image of this scene has a label");
  }
  const current = state.current < 0 ? "" : tileId(state.current);
  const at = rows().findIndex((row) => row.tile_id === current);
  const later = [...rows().slice(at + 1), ...rows().slice(0, Math.max(at, 0))];
  const row = later.find((one) => !done(one));
  if (row) await open(row.tile_id);
  else hint("That was the last of the list");
}

/** Tell whether the page goes on to the next by itself after a label: where the list has led to the current split-image. */
export function goesOn() {
  if (!element("go-on").checked || state.selection.size || state.current < 0) return false;
  const current = tileId(state.current);
  return element("list").value === "unlabelled" ? led === current : rows().some((row) => row.tile_id === current);
}

/** Take note of split-images that get a class. */
export function judge(names) {
  for (const name of names) judged.add(name);
}

export async function start() {
  [lists.queue, lists.label_errors] = [(await tryAsk("api/queue")) ?? [], (await tryAsk("api/label_errors")) ?? []];
  choices();
  element("next").addEventListener("click", next);
  element("list").addEventListener("change", renew);
  on("labels current classes", renew);
}
