// The scene that is shown, where its tiles are, and the layers of values over them.
import { ask, hint, tryAsk } from "./api.js";
import { emit, state } from "./state.js";

/** Show a scene; keep the place on the ground if the map is there already. */
export async function show(name) {
  const scene = await tryAsk(`api/scenes/${encodeURIComponent(name)}`);
  if (!scene) return false;
  scene.position = new Map(scene.tile_ids.map((id, position) => [id, position]));
  scene.byRow = lines(scene, scene.row_px, scene.column_px);
  scene.byColumn = lines(scene, scene.column_px, scene.row_px);
  scene.values = {};
  scene.before = state.scene;
  state.scene = scene;
  state.current = -1;
  state.selection.clear();
  state.stretch = scene.stretch;
  const others = state.scenes.filter((other) => other.scene !== name);
  if (!others.some((other) => other.scene === state.other)) state.other = nearest(others, scene.date)?.scene ?? "";
  if (!scene.models.includes(state.model)) state.model = scene.models.at(-1) ?? "";
  emit("scene", "stretch", "display", "current", "selection");
  await loadValues();
  return true;
}

function nearest(others, date) {
  const apart = (other) => Math.abs(new Date(other.date) - new Date(date));
  return others.toSorted((one, other) => apart(one) - apart(other))[0];
}

/** Put tiles into lines: key → positions, in order along the line. */
function lines(scene, keys, along) {
  const found = new Map();
  keys.forEach((key, position) => found.set(key, [...(found.get(key) ?? []), position]));
  for (const line of found.values()) line.sort((one, other) => along[one] - along[other]);
  return found;
}

/** Return the position of the tile at a pixel, of several the one with the nearest centre; -1 for none. */
export function tileAt(column, row) {
  const { row_px, column_px, tile_height_px: height, tile_width_px: width, byRow } = state.scene;
  let found = -1;
  let best = Infinity;
  for (const [top, line] of byRow) {
    if (row < top || row >= top + height) continue;
    for (const position of line) {
      if (column < column_px[position] || column >= column_px[position] + width) continue;
      const apart = Math.hypot(column - column_px[position] - width / 2, row - row_px[position] - height / 2);
      if (apart < best) [found, best] = [position, apart];
    }
  }
  return found;
}

/** Return the tile next to one, in steps of rows and columns; the same one at the edge. */
export function neighbour(position, rows, columns) {
  const { row_px, column_px, byRow, byColumn } = state.scene;
  const line = columns ? byRow.get(row_px[position]) : byColumn.get(column_px[position]);
  return line[line.indexOf(position) + rows + columns] ?? position;
}

/** Return easting and northing of a pixel. */
export function coordinates(column, row) {
  const [a, b, c, d, e, f] = state.scene.transform;
  return [a * column + b * row + c, d * column + e * row + f];
}

/** Return column and row of a place on the ground. */
export function pixel(x, y, transform = state.scene.transform) {
  const [a, b, c, d, e, f] = transform;
  const determinant = a * e - b * d;
  return [(e * (x - c) - b * (y - f)) / determinant, (a * (y - f) - d * (x - c)) / determinant];
}

/** Return how far right and up on the image a line leads, of length 1, that has an angle on the map: pixels need not be square. */
export function along(degrees) {
  const [, , c, , , f] = state.scene.transform;
  const angle = (degrees * Math.PI) / 180;
  const [right, down] = pixel(c + Math.sin(angle), f + Math.cos(angle));
  const length = Math.hypot(right, down);
  return [right / length, -down / length];
}

const said = () => (state.model ? [`predictions/${state.model}`] : []);
const NEEDS = {
  predictions: said,
  confidence: said,
  applicability: said,
  difference: () => [...said(), ...(state.model && state.other ? [`difference/${state.model}/${state.other}`] : [])],
  disagreement: () => ["disagreement"],
  orientation: () => ["structure"],
};

/** Return what the server says of the tiles for the layer that is shown; undefined until it is there. */
export const values = (path) => state.scene.values[path];

/** Fetch what the layer that is shown needs. */
export async function loadValues() {
  const scene = state.scene;
  for (const path of NEEDS[state.layer]?.() ?? []) {
    if (scene.values[path]) continue;
    try {
      scene.values[path] = await ask(`api/scenes/${encodeURIComponent(scene.scene)}/${path}`);
    } catch (error) {
      hint(error.message, 8);
    }
  }
  if (scene === state.scene) emit("display");
}
