// The list of classes: a button and a key each, shown or hidden, added, renamed, recoloured, deleted when unused.
import { tryAsk } from "./api.js";
import { keyOf } from "./keys.js";
import { described, placesOf, progress } from "./targets.js";
import { element, emit, make, on, state } from "./state.js";

// Colours that people with any colour vision tell apart (Okabe and Ito 2008; Tol 2021), for classes that are added here.
const SAFE = [
  "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7", "#332288", "#882255", "#44aa99", "#999933", "#ddcc77",
  "#aa4499", "#88ccee", "#117733", "#cc6677",
];

let choose = () => {};

function renew() {
  const here = new Map();
  for (const label of state.labels.values()) {
    if (label.scene === state.scene?.scene) here.set(label.class_id, (here.get(label.class_id) ?? 0) + 1);
  }
  const total = [...here.values()].reduce((sum, n) => sum + n, 0);
  element("class-total").textContent = `${total} split-images of this scene are labelled, ${state.labels.size} in all`;
  element("classes").replaceChildren(...state.classes.map((entry) => row(entry, here.get(entry.class_id) ?? 0)));
}

function row(entry, n) {
  const { class_id: id, class_name: name, colour, n_labels: all } = entry;
  const shown = !state.hidden.has(id);
  return make(
    "div",
    { className: shown ? "class" : "class off" },
    make(
      "button",
      { className: "class-name", title: described(entry, n), onclick: () => choose(id) },
      make("span", { className: "swatch", style: `background:${colour}` }),
      make("kbd", {}, keyOf(id)),
      make("span", { className: "grow" }, name),
      make("small", {}, all ? `${all} in ${placesOf(id) || "…"}` : "0"),
      make("progress", { value: progress(entry), max: 1, ariaLabel: `${name}: labelled so far` }),
    ),
    make("button", { className: "plain", title: `${shown ? "Hide" : "Show"} ${name}`, ariaLabel: `${shown ? "Hide" : "Show"} ${name}`, ariaPressed: String(shown), onclick: () => hide(id) }, shown ? "●" : "○"),
    make("button", { className: "plain", title: `Change ${name}`, ariaLabel: `Change ${name}`, onclick: () => edit(entry) }, "✎"),
  );
}

function hide(id) {
  if (!state.hidden.delete(id)) state.hidden.add(id);
  emit("display", "classes");
}

async function send(path, method, content) {
  const classes = await tryAsk(path, method, content);
  if (!classes) return false;
  state.classes = classes;
  emit("classes");
  return true;
}

/** Ask for name and colour of a class, a new one or one that is there. */
function edit(entry) {
  const dialog = element("class-dialog");
  const used = new Set(state.classes.map((one) => one.colour));
  const name = make("input", { value: entry?.class_name ?? "", maxLength: 60, required: true, autofocus: true, ariaLabel: "Name" });
  const colour = make("input", { type: "color", value: entry?.colour ?? SAFE.find((one) => !used.has(one)) ?? "#777777", ariaLabel: "Colour" });
  const wrong = make("p", { className: "bad" });
  const save = async (event) => {
    event.preventDefault();
    const path = entry ? `api/classes/${entry.class_id}` : "api/classes";
    const steps = entry
      ? [
          ...(name.value.trim() === entry.class_name ? [] : [{ name: name.value }]),
          ...(colour.value === entry.colour ? [] : [{ colour: colour.value }]),
        ]
      : [{ name: name.value, colour: colour.value }];
    for (const step of steps) if (!(await send(path, entry ? "PUT" : "POST", step))) return fail();
    dialog.close();
  };
  const fail = () => (wrong.textContent = element("hint").textContent);
  const remove = make("button", { type: "button", disabled: entry?.n_labels > 0, title: entry?.n_labels ? `${entry.n_labels} tiles have it` : "" }, "Delete");
  remove.addEventListener("click", async () => ((await send(`api/classes/${entry.class_id}`, "DELETE")) ? dialog.close() : fail()));
  dialog.replaceChildren(
    make("form", { onsubmit: save },
      make("h2", {}, entry ? "Change a class" : "Add a class"),
      make("label", {}, "Name ", name), make("label", {}, "Colour ", colour), wrong,
      make("div", { className: "row" }, make("button", { className: "strong" }, "Save"),
        make("button", { type: "button", onclick: () => dialog.close() }, "Cancel"), make("span", { className: "spring" }), entry ? remove : null)),
  );
  dialog.showModal();
}

export function start(label) {
  choose = (id) => {
    label(id);
    document.activeElement?.blur();
  };
  on("labels classes scene targets", renew);
  element("add-class").addEventListener("click", () => edit(null));
}
