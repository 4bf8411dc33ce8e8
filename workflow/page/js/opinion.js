// A second opinion: the same place on another date, its label and what models say of it.
import { ask, hint } from "./api.js";
import { MODELS, classOf, element, emit, make, on, state, tileId } from "./state.js";

let asked = 0;
let shown = ""; // tile and date that are shown or on their way

const chip = (id) => make("span", { className: "swatch", style: `background:${classOf(id)?.colour ?? "#888"}` });
const name = (id) => classOf(id)?.class_name ?? String(id);

function renew() {
  const others = state.scenes.filter((one) => one.scene !== state.scene?.scene);
  const field = element("opinion-date");
  field.replaceChildren(...others.map((one) => make("option", { value: one.scene }, one.date?.slice(0, 10) ?? one.scene)));
  field.value = state.other;
  element("opinion").hidden = !others.length || state.current < 0;
  const wanted = element("opinion").hidden || !element("opinion").open ? "" : `${tileId(state.current)} ${state.other}`;
  if (wanted === shown) return;
  shown = wanted;
  clearTimeout(asked);
  if (wanted) asked = setTimeout(() => load(wanted), 120);
}

async function load(wanted) {
  try {
    const answer = await ask(`api/tiles/${encodeURIComponent(tileId(state.current))}/date/${encodeURIComponent(state.other)}`);
    if (wanted === shown) facts(answer);
  } catch (error) {
    hint(error.message);
  }
}

function facts({ tile_id: tile, class_id: label, stretch, predictions }) {
  const image = element("opinion-image");
  image.hidden = !tile;
  if (!tile) return element("opinion-said").replaceChildren(make("div", { className: "said faint" }, "No split-image at this place on that date"));
  image.src = `api/tiles/${encodeURIComponent(tile)}/image?low=${stretch[0]}&high=${stretch[1]}`;
  const line = (id, text) => make("div", { className: "said" }, chip(id), make("span", {}, text));
  const said = Object.entries(predictions).map(([model, { class_id: id, confidence }]) =>
    line(id, `${MODELS[model] ?? model}: ${name(id)} ${Math.round(100 * confidence)} %`));
  if (label !== null) said.unshift(line(label, `Label: ${name(label)}`));
  element("opinion-said").replaceChildren(...(said.length ? said : [make("div", { className: "said faint" }, "Neither label nor prediction")]));
}

export function start() {
  element("opinion").addEventListener("toggle", renew);
  element("opinion-date").addEventListener("change", ({ target }) => {
    state.other = target.value;
    emit("display", "current");
  });
  on("current scene display", renew);
  on("labels", () => {
    shown = "";
    renew();
  });
}
