// Saved views: scene, place, scale, layer and stretch under a name, kept by the browser.
import { hint } from "./api.js";
import { map, pixels, place } from "./map.js";
import { coordinates, loadValues, pixel, show } from "./scenes.js";
import { element, emit, make, state } from "./state.js";

const KEPT = ["layer", "model", "other", "minimum", "opacity", "grid"];
const MOST = 50;

const key = () => `views ${state.store}`;

function read() {
  try {
    return JSON.parse(localStorage.getItem(key())) ?? [];
  } catch {
    return []; // a browser that keeps nothing, or what another program has left there
  }
}

function write(views) {
  try {
    localStorage.setItem(key(), JSON.stringify(views.slice(-MOST)));
  } catch {
    return hint("This browser keeps nothing: allow it to store data of this page");
  }
  renew();
}

function renew() {
  const options = read().map(({ name }) => make("option", { value: name }, name));
  const manage = [make("option", { value: " save" }, "Save this view …")];
  if (options.length) manage.push(make("option", { value: " forget" }, "Forget a view …"));
  element("views").replaceChildren(make("option", { value: "" }, "Views"), ...options, ...manage);
}

/** Ask for a name in the dialog; what is done with it is decided by the caller. */
function ask(title, word, names, done) {
  const dialog = element("view-dialog");
  const field = names
    ? make("select", { ariaLabel: "View" }, ...names.map((name) => make("option", { value: name }, name)))
    : make("input", { ariaLabel: "Name of the view", maxLength: 40, required: true, autofocus: true });
  const finish = (event) => {
    event.preventDefault();
    if (!field.value.trim()) return;
    dialog.close();
    done(field.value.trim());
  };
  dialog.replaceChildren(
    make("form", { onsubmit: finish }, make("h2", {}, title), make("label", {}, "Name ", field),
      make("div", { className: "row" }, make("button", { className: "strong" }, word), make("button", { type: "button", onclick: () => dialog.close() }, "Cancel"))),
  );
  dialog.showModal();
}

function save(name) {
  const { scene, epsg } = state.scene;
  const centre = coordinates(...pixels(map.getCenter()));
  const view = { name, scene, epsg, centre, zoom: map.getZoom(), stretch: state.stretch };
  for (const part of KEPT) view[part] = state[part];
  write([...read().filter((one) => one.name !== name), view]);
  hint(`View ${name} saved in this browser`);
}

async function open(name) {
  const view = read().find((one) => one.name === name);
  if (!view) return;
  if (!state.scenes.some((one) => one.scene === view.scene)) return hint(`View ${name}: scene ${view.scene} is no longer in the series`);
  if (state.scene.scene !== view.scene && !(await show(view.scene))) return;
  for (const part of KEPT) state[part] = view[part] ?? state[part];
  state.stretch = view.stretch;
  map.setView(place(...pixel(...view.centre)), view.zoom, { animate: false });
  emit("stretch", "display");
  loadValues();
}

export function start() {
  const field = element("views");
  field.addEventListener("change", () => {
    const chosen = field.value;
    field.value = "";
    if (chosen === " save") ask("Save this view", "Save", null, save);
    else if (chosen === " forget") ask("Forget a view", "Forget", read().map(({ name }) => name), (name) => write(read().filter((one) => one.name !== name)));
    else open(chosen);
    field.blur();
  });
  renew();
}
