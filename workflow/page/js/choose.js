// Choosing many tiles: a polygon by its corners, a box by dragging, a block by keys; a class key then labels them all.
import { hint, tryAsk } from "./api.js";
import { go, map, pixels } from "./map.js";
import { neighbour, tileAt } from "./scenes.js";
import { element, emit, on, state } from "./state.js";

const L = window.L;
let mode = ""; // "", polygon or box
let corners = []; // of the polygon so far
let start_ = null; // where a box began
let drawn = null;
let anchor = -1; // where a block of tiles began

function sketch(points, closed = true) {
  drawn?.remove();
  const style = { color: "#ffffff", weight: 2, dashArray: "5 4", interactive: false, fillOpacity: 0.08 };
  drawn = points.length ? (closed ? L.polygon(points, style) : L.polyline(points, style)).addTo(map) : null;
}

/** Begin to draw, or end it when it is under way. */
export function begin(wanted) {
  const same = mode === wanted;
  stop();
  if (same) return;
  mode = wanted;
  element(mode).classList.add("on");
  map.getContainer().classList.add("drawing");
  map.dragging[mode === "box" ? "disable" : "enable"]();
  hint(mode === "box" ? "Drag a box over the split-images" : "Click the corners; Enter or a double click closes, Backspace takes one back", 0);
}

function stop() {
  mode = "";
  corners = [];
  start_ = null;
  sketch([]);
  for (const tool of ["polygon", "box"]) element(tool).classList.remove("on");
  map.getContainer().classList.remove("drawing");
  map.dragging.enable();
  hint("", 0);
}

/** Choose the tiles whose middle lies in a polygon; Leaflet's points. */
async function select(points) {
  const polygon = points.map((point) => pixels(point).map((value) => Math.round(10 * value) / 10));
  stop();
  const answer = await tryAsk(`api/scenes/${encodeURIComponent(state.scene.scene)}/select`, "POST", { polygon });
  if (answer) take(answer.tile_ids.map((id) => state.scene.position.get(id)));
}

function take(positions) {
  state.selection = new Set(positions.filter((position) => position !== undefined));
  emit("selection");
}

/** Close the polygon. */
export function close() {
  if (mode === "polygon" && corners.length > 2) select(corners);
  else if (mode === "polygon") hint("A polygon needs three corners", 4);
}

/** Take back the last corner; true if there was a polygon under way. */
export function back() {
  if (mode !== "polygon") return false;
  corners.pop();
  sketch(corners, corners.length > 2);
  return true;
}

/** Let go of everything: what is being drawn, else what is chosen. */
export function letGo() {
  if (mode) return stop();
  anchor = -1;
  take([]);
  hint("", 0);
}

/** Move the current tile and choose the block between it and where this began. */
export function block(rows, columns) {
  if (state.current < 0) return;
  if (anchor < 0 || !state.selection.size) anchor = state.current;
  go(neighbour(state.current, rows, columns));
  const { row_px, column_px, tile_ids } = state.scene;
  const between = (values, position) => {
    const [one, other] = [values[anchor], values[state.current]].sort((a, b) => a - b);
    return values[position] >= one && values[position] <= other;
  };
  take(tile_ids.map((_, position) => position).filter((position) => between(row_px, position) && between(column_px, position)));
}

function click({ latlng, originalEvent }) {
  map.getContainer().focus({ preventScroll: true });
  if (mode === "polygon") {
    corners.push(latlng);
    return sketch(corners, corners.length > 2);
  }
  if (mode) return;
  const position = tileAt(...pixels(latlng));
  if (originalEvent.ctrlKey || originalEvent.metaKey) {
    if (position >= 0 && !state.selection.delete(position)) state.selection.add(position);
    return emit("selection");
  }
  anchor = -1;
  if (state.selection.size) take([]);
  go(position);
}

function down({ latlng, originalEvent }) {
  if (mode !== "box" && !originalEvent.shiftKey) return;
  if (mode !== "box") begin("box");
  start_ = latlng;
}

function move({ latlng }) {
  if (start_) sketch(corner(start_, latlng));
  else if (mode === "polygon" && corners.length) sketch([...corners, latlng], corners.length > 1);
}

function up({ latlng }) {
  if (!start_) return;
  const points = corner(start_, latlng);
  if (map.latLngToContainerPoint(start_).distanceTo(map.latLngToContainerPoint(latlng)) > 4) select(points);
  else stop();
}

const corner = (one, other) => [one, L.latLng(one.lat, other.lng), other, L.latLng(other.lat, one.lng)];

export function start() {
  map.on({ click, mousedown: down, mousemove: move, mouseup: up, dblclick: close });
  on("scene", stop);
  on("selection", () => {
    if (state.selection.size) hint(`${state.selection.size} split-images chosen: a class key labels them, X clears, Esc lets go`, 0);
  });
}
