// The current split-image: enlarged, what it is labelled, what models say, its vario functions.
import { ask, change, hint } from "./api.js";
import { compass, draw } from "./chart.js";
import { go } from "./map.js";
import { fromNorth } from "./layers.js";
import { along, show } from "./scenes.js";
import { MODELS, classOf, element, labelAt, make, on, state, tileId } from "./state.js";

const WHY = {
  "no pairs": "too few valid pixels",
  constant: "no contrast",
  "no wave": "no regular crevasses in one direction",
  aliased: "crevasses closer than two lag steps",
  "too long": "crevasses too far apart for the tile",
  insignificant: "no stronger than chance makes it",
  uncertain: "crevasses too uncertain to tell",
};
let known = null; // what the server has said of the current tile
let asked = 0;

const percent = (share) => (share === null ? "" : `${Math.round(100 * share)} %`);
const chip = (id) => make("span", { className: "swatch", style: `background:${classOf(id)?.colour ?? "#888"}` });

/** Show the image of the current tile at once, and the rest when the server has told it. */
async function renew() {
  clearTimeout(asked);
  const name = state.current < 0 ? "" : tileId(state.current);
  element("tile-id").value = name;
  element("tile").classList.toggle("empty", !name);
  if (!name) return;
  history.replaceState(null, "", `#${name}`);
  image();
  asked = setTimeout(async () => {
    try {
      const answer = await ask(`api/tiles/${encodeURIComponent(name)}`);
      if (answer.tile_id === tileId(state.current)) known = answer;
      facts();
    } catch (error) {
      hint(error.message);
    }
  }, 40);
  said();
}

function image() {
  if (state.current < 0) return;
  const [low, high] = state.stretch;
  element("tile-image").src = `api/tiles/${encodeURIComponent(tileId(state.current))}/image?low=${low}&high=${high}`;
}

function facts() {
  if (!known || state.current < 0 || known.tile_id !== tileId(state.current)) return;
  draw(element("vario"), known.vario, known.spacing_m);
  element("vario-north").textContent = `by direction ${fromNorth()}`;
  const drawn = (degrees) => (degrees === null ? null : along(degrees));
  compass(element("tile-lines"), drawn(known.orientation_grid_deg), drawn(known.grid_north_deg && -known.grid_north_deg));
  const angle = known.orientation_true_deg ?? known.orientation_grid_deg;
  const found =
    angle === null
      ? `No orientation: ${WHY[known.structure_status] ?? known.structure_status}`
      : `Crevasses at ${Math.round(angle)}° ${fromNorth()}` +
        (known.spacing_m === null ? "" : `, every ${known.spacing_m.toFixed(1)} m`);
  const share = known.valid_share < 1 ? `; ${percent(known.valid_share)} valid` : "";
  element("tile-structure").textContent = `${found}; anisotropy ${known.anisotropy ?? "unknown"}${share}`;
  const rows = known.history.map(({ kind, by, at, class_id: id }) =>
    make("li", {}, `${at.slice(0, 16).replace("T", " ")} ${by || "?"}: `, ...(id === null ? ["label taken off"] : [chip(id), classOf(id)?.class_name ?? String(id)]), kind === "set" ? "" : ` (${kind})`));
  element("tile-history").replaceChildren(...rows);
  said();
}

function said() {
  const box = element("tile-said");
  box.replaceChildren();
  if (state.current < 0) return;
  const label = labelAt(state.current);
  if (label) {
    const by = label.origin === "human" ? label.author : `${label.origin}, accepted by ${label.author}`;
    const when = label.time?.slice(0, 16).replace("T", " ") ?? "";
    box.append(
      make("div", { className: "said label" }, chip(label.class_id), make("b", {}, classOf(label.class_id)?.class_name ?? "?"),
        make("small", {}, `${by}, ${when} UTC${label.note ? `: ${label.note}` : ""}`)),
    );
  } else box.append(make("div", { className: "said faint" }, "Not labelled"));
  if (known?.tile_id !== tileId(state.current)) return;
  for (const [model, answer] of Object.entries(known.predictions)) {
    const others = answer.probabilities.slice(1).map(([id, share]) => `${classOf(id)?.class_name ?? id} ${percent(share)}`).join(", ");
    const doubt = answer.applicable === false ? " · unlike its training tiles" : "";
    box.append(
      make("div", { className: "said", title: `then ${others}` }, chip(answer.class_id),
        make("span", {}, `${MODELS[model] ?? model}: ${classOf(answer.class_id)?.class_name ?? "?"} ${percent(answer.confidence)}${doubt}`),
        make("button", { title: model === state.model ? "Accept (E)" : "Accept", onclick: () => accept(model) }, "Accept", model === state.model ? make("kbd", {}, "E") : "")),
    );
  }
}

/** Take what a model says of the current tile as its label. */
export function accept(model = state.model) {
  if (state.current < 0 || !model) return hint("No prediction to accept: choose a tile that a model has classified");
  const content = { tile_ids: [tileId(state.current)], minimum_confidence: 0 };
  return change(`api/scenes/${encodeURIComponent(state.scene.scene)}/accept/${model}`, content).then((answer) => {
    if (answer && !answer.n_tiles) hint("Nothing to accept: a person has labelled this tile, or the model has not seen it");
  });
}

/** Go to a tile by its name, in whatever scene it is. */
export async function open(name) {
  const scene = name.replace(/_r\d+_c\d+$/, "");
  if (!state.scenes.some((one) => one.scene === scene)) {
    hint(`tile ${name}: no scene of that name, expected for example ${state.scene.tile_ids[0]}`);
    return false;
  }
  if (state.scene?.scene !== scene && !(await show(scene))) return false;
  const position = state.scene.position.get(name) ?? -1;
  if (position < 0) hint(`tile ${name}: not in scene ${scene}, expected for example ${state.scene.tile_ids[0]}`);
  else go(position, true);
  return position >= 0;
}

export function start() {
  on("current scene", renew);
  on("stretch", image);
  on("labels", renew);
  on("classes", said);
  on("display", said);
  const field = element("tile-id");
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") open(field.value.trim()).then(() => field.blur());
    if (event.key === "Escape") field.blur();
  });
}
