// The page put together: the bar above the map, commands, and the first scene.
import { change, follow, hint, resume, take, tryAsk } from "./api.js";
import * as choose from "./choose.js";
import * as classes from "./classes.js";
import * as contrast from "./contrast.js";
import * as dialogs from "./dialogs.js";
import * as ground from "./ground.js";
import * as keys from "./keys.js";
import { LAYERS, OF_MODEL, colour, legend, predicted } from "./layers.js";
import * as lists from "./lists.js";
import * as view from "./map.js";
import * as opinion from "./opinion.js";
import * as overlay from "./overlay.js";
import { loadValues, neighbour, show } from "./scenes.js";
import { MODELS, element, emit, labelAt, make, on, state, targets, tileId } from "./state.js";
import * as progress from "./targets.js";
import * as tile from "./tile.js";
import * as views from "./views.js";

const SURE = 0.8; // confidence from which predictions are accepted together, unless the slider says otherwise

function sceneText({ scene, date, sensor, synthetic, trains }) {
  const about = [sensor, synthetic && "synthetic", !trains && "not trained on"].filter(Boolean).join(", ");
  return `${date?.slice(0, 10) ?? "no date"}  ${scene}${about ? ` (${about})` : ""}`;
}

const option = (value, text) => make("option", { value }, text);

/** Give the chosen tiles, or the current one, a class. */
function label(classId) {
  const names = targets();
  if (!names.length) return hint("Choose a split-image first: click one, or press N");
  const onwards = lists.goesOn();
  const many = state.selection.size > 0;
  const entry = state.classes.find((one) => one.class_id === classId);
  if (many && !mayOverwrite(names, classId, entry)) return;
  for (const name of names) state.pending.add(name);
  lists.judge(names);
  change("api/labels", { tile_ids: names, class_id: classId }).then((answer) => {
    for (const name of names) state.pending.delete(name);
    if (answer && many) hint(`${answer.n_tiles} split-images labelled ${entry.class_name}; U undoes it`);
  });
  if (many) choose.letGo();
  if (onwards) lists.next();
}

/** Ask before a batch takes the place of what people have labelled otherwise. */
function mayOverwrite(names, classId, entry) {
  const others = names.map((name) => state.labels.get(name)).filter((one) => one?.origin === "human" && one.class_id !== classId);
  if (!others.length) return true;
  return confirm(`${others.length} of these ${names.length} split-images have another class from a person. Label all of them ${entry.class_name}?`);
}

function clear() {
  const names = targets();
  if (names.length) change("api/labels/clear", { tile_ids: names });
  choose.letGo();
}

async function revert(kind, words) {
  const answer = await change(`api/labels/${kind}`);
  if (answer) hint(answer.batch === null ? `Nothing to ${words}` : `${answer.n_tiles} split-images ${kind === "undo" ? "undone" : "redone"}`);
}

/** Return the positions of predictions that are in view, or chosen, sure enough, and not labelled by a person. */
function acceptable() {
  if (!state.scene || !OF_MODEL.includes(state.layer) || state.layer === "applicability") return [];
  const where = state.selection.size ? [...state.selection] : view.inView();
  return where.filter((position) => predicted(position) !== null && colour(position) && labelAt(position)?.origin !== "human");
}

async function acceptAll() {
  const least = state.minimum || SURE; // a slider that nobody has moved asks for nothing
  const content = { tile_ids: acceptable().map(tileId), minimum_confidence: least };
  if (!content.tile_ids.length) return;
  const answer = await change(`api/scenes/${encodeURIComponent(state.scene.scene)}/accept/${state.model}`, content);
  choose.letGo();
  if (answer) hint(`${answer.n_tiles} predictions of at least ${Math.round(100 * least)} % accepted as labels; U undoes it`);
}

function bar() {
  const ofModel = OF_MODEL.includes(state.layer);
  element("layer").value = state.layer;
  element("model").replaceChildren(...(state.scene?.models ?? []).map((name) => option(name, MODELS[name] ?? name)));
  element("model").value = state.model;
  element("other").replaceChildren(...state.scenes.filter((one) => one.scene !== state.scene?.scene).map((one) => option(one.scene, one.date?.slice(0, 10) ?? one.scene)));
  element("other").value = state.other;
  element("model").hidden = !ofModel;
  element("other-label").hidden = state.layer !== "difference";
  element("minimum-label").hidden = !ofModel || state.layer === "applicability";
  element("minimum-shown").textContent = `${Math.round(100 * state.minimum)} %`;
  element("grid").ariaPressed = String(state.grid);
  if (ofModel && !state.model) hint("No model has classified this scene yet", 6);
  key();
  offer();
}

function offer() {
  const n = acceptable().length;
  element("accept-all").hidden = !n;
  element("accept-all").textContent = `Accept ${n} ${state.selection.size ? "chosen" : "in view"}`;
}

function key() {
  const content = legend();
  element("legend").hidden = !content;
  if (!content) return;
  const parts = [make("b", {}, content.title)];
  if (content.scale) {
    parts.push(make("div", { className: "scale", style: `background:linear-gradient(90deg, ${content.scale.join(", ")})` }));
    parts.push(make("div", { className: "ends" }, ...content.ends.map((text) => make("span", {}, text))));
  }
  for (const [ink, text] of content.list ?? []) parts.push(make("div", {}, make("span", { className: "swatch", style: `background:${ink}` }), text));
  element("legend").replaceChildren(...parts);
}

function step(list, current, by) {
  return list[(list.indexOf(current) + by + list.length) % list.length];
}

function shift(by) {
  const names = state.scenes.map((scene) => scene.scene);
  const at = names.indexOf(state.scene.scene) + by;
  if (names[at]) show(names[at]);
}

/** Show the stretch with as many decimals as its width needs: none for counts, some for reflectances. */
function showStretch() {
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(state.stretch[1] - state.stretch[0])));
  for (const [position, id] of ["low", "high"].entries()) {
    Object.assign(element(id), { step: `1e-${decimals}`, value: Number(state.stretch[position].toFixed(decimals)) });
  }
}

function set(name, value, ...needs) {
  state[name] = value;
  if (needs.includes("values")) loadValues();
  else emit("display");
}

const walk = (rows, columns) => () => state.current >= 0 && view.go(neighbour(state.current, rows, columns));
const zoom = (by) => () => view.zoom(by);
const layer = (by) => () => set("layer", step(Object.keys(LAYERS), state.layer, by), "values");
const [up, down, left, right] = [[-1, 0], [1, 0], [0, -1], [0, 1]];
const COMMANDS = {
  w: walk(...up), s: walk(...down), a: walk(...left), d: walk(...right),
  ArrowUp: walk(...up), ArrowDown: walk(...down), ArrowLeft: walk(...left), ArrowRight: walk(...right),
  "Shift+ArrowUp": () => choose.block(...up), "Shift+ArrowDown": () => choose.block(...down),
  "Shift+ArrowLeft": () => choose.block(...left), "Shift+ArrowRight": () => choose.block(...right),
  n: lists.next, t: () => element("tile-id").select(), e: () => tile.accept(), x: clear, Delete: clear,
  u: () => revert("undo", "undo"), r: () => revert("redo", "redo"),
  p: () => choose.begin("polygon"), b: () => choose.begin("box"), Enter: choose.close, Escape: choose.letGo,
  Backspace: () => choose.back() || clear(),
  ",": () => shift(-1), ".": () => shift(1), "[": layer(-1), "]": layer(1),
  v: view.stretchToView, g: () => set("grid", !state.grid), "+": zoom(1), "=": zoom(1), "-": zoom(-1), 0: view.whole,
  "?": dialogs.help, h: dialogs.help,
};

function controls() {
  const changed = (id, listener, event = "change") => element(id).addEventListener(event, () => listener(element(id)));
  const pressed = (id, command) => changed(id, command, "click");
  changed("scene", (field) => show(field.value));
  changed("layer", (field) => set("layer", field.value, "values"));
  changed("model", (field) => set("model", field.value, "values"));
  changed("other", (field) => set("other", field.value, "values"));
  changed("minimum", (field) => set("minimum", Number(field.value)), "input");
  changed("opacity", (field) => set("opacity", Number(field.value)), "input");
  changed("author", (field) => {
    state.author = field.value.trim();
    try {
      localStorage.setItem("author", state.author);
    } catch {
      // a browser that keeps nothing asks the server for the name
    }
  });
  for (const id of ["low", "high"]) {
    changed(id, () => {
      const wanted = [Number(element("low").value), Number(element("high").value)];
      if (wanted[0] < wanted[1]) state.stretch = wanted;
      emit("stretch");
    });
  }
  pressed("stretch-view", view.stretchToView);
  pressed("stretch-scene", () => {
    state.stretch = state.scene.stretch;
    emit("stretch");
  });
  for (const [id, by] of [["previous-scene", -1], ["next-scene", 1]]) pressed(id, () => shift(by));
  for (const tool of ["polygon", "box"]) pressed(tool, () => choose.begin(tool));
  for (const [id, command] of [["undo", "u"], ["redo", "r"], ["clear", "x"], ["grid", "g"]]) pressed(id, COMMANDS[command]);
  pressed("accept-all", acceptAll);
}

async function start() {
  const series = await tryAsk("api/series");
  if (!series) return;
  state.scenes = series.scenes.toSorted((one, other) => String(one.date).localeCompare(String(other.date)));
  state.classes = series.classes;
  state.store = series.store;
  try {
    state.author = localStorage.getItem("author") || series.author;
  } catch {
    state.author = series.author;
  }
  element("author").value = state.author;
  element("layer").replaceChildren(...Object.entries(LAYERS).map(([value, text]) => option(value, text)));
  element("scene").replaceChildren(...state.scenes.map((one) => option(one.scene, sceneText(one))));
  for (const part of [view, overlay, choose, tile, ground, contrast, opinion, progress, views]) part.start();
  classes.start(label);
  keys.start(label, COMMANDS);
  controls();
  on("display scene selection labels", bar);
  on("scene", () => (element("scene").value = state.scene.scene));
  on("stretch", showStretch);
  view.map.on("moveend", offer);
  const labels = await tryAsk("api/labels");
  if (labels) take(labels);
  await lists.start();
  const asked = decodeURIComponent(location.hash.slice(1));
  if (!/_r\d+_c\d+$/.test(asked) || !(await tile.open(asked))) await show(state.scenes[0].scene);
  dialogs.start();
  resume();
  follow(3);
}

start();
