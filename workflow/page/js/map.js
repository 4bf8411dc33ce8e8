// The map: the scene in its own pixel grid, drawn by Leaflet; columns to the right, rows down, zoom 0 = one pixel a pixel.
import { ask, hint } from "./api.js";
import { coordinates, pixel, tileAt } from "./scenes.js";
import { element, emit, on, state, tileId } from "./state.js";

const L = window.L;
const Pixels = L.extend({}, L.CRS.Simple, { transformation: new L.Transformation(1, 0, 1, 0) });
const CLOSEST = 3; // zoom: eight screen pixels for one of the scene

const Image = L.GridLayer.extend({
  createTile({ x, y, z }, done) {
    const image = document.createElement("img");
    const [low, high] = state.stretch;
    image.alt = "";
    image.onload = () => done(null, image);
    image.onerror = () => done(new Error("image tile"), image);
    image.src = `api/scenes/${encodeURIComponent(state.scene.scene)}/image/${-z}/${x}/${y}?low=${low}&high=${high}`;
    return image;
  },
});

export const map = L.map("map", {
  crs: Pixels,
  zoomSnap: 0.25,
  wheelPxPerZoomLevel: 90,
  maxZoom: CLOSEST,
  attributionControl: false,
  boxZoom: false,
  keyboard: false,
  doubleClickZoom: false,
});

export const place = (column, row) => L.latLng(row, column);
export const pixels = (latlng) => [latlng.lng, latlng.lat];

let image = null;
let outline = null;

function deepest() {
  const { height_px: height, width_px: width } = state.scene;
  return -Math.max(0, Math.ceil(Math.log2(Math.max(height, width) / 512)));
}

/** Draw the image of the scene that is shown, anew: Leaflet's own redraw asks for tiles of zooms between two. */
function develop() {
  const { height_px: height, width_px: width, side } = state.scene;
  const bounds = L.latLngBounds(place(0, 0), place(width, height));
  const zooms = { minNativeZoom: deepest(), maxNativeZoom: 0, minZoom: deepest() - 1, maxZoom: CLOSEST };
  image?.remove();
  image = new Image({ tileSize: side, bounds, ...zooms, keepBuffer: 3, updateWhenZooming: false }).addTo(map);
}

/** Draw the region of interest of the scene that is shown, and let the map reach as far as it does. */
function frame() {
  const { height_px: height, width_px: width, roi } = state.scene;
  const bounds = L.latLngBounds(place(0, 0), place(width, height));
  outline?.remove();
  map.setMaxBounds(bounds.pad(0.5));
  const rings = roi.map((ring) => ring.map(([column, row]) => place(column, row)));
  outline = L.polyline(rings.map((ring) => [...ring, ring[0]]), { color: "#4dd0e1", weight: 1.5, interactive: false }).addTo(map);
}

/** Show the whole scene. */
export function whole() {
  const { height_px: height, width_px: width } = state.scene;
  map.fitBounds(L.latLngBounds(place(0, 0), place(width, height)), { animate: false });
}

function arrive() {
  const { before } = state.scene;
  map.setMaxBounds(null); // else Leaflet glides from the old view into the new bounds, and clicks meanwhile go astray
  map.setMinZoom(deepest() - 1);
  delete state.scene.before;
  if (before && before.epsg === state.scene.epsg) {
    const [x, y] = (({ lng, lat }) => {
      const [a, b, c, d, e, f] = before.transform;
      return [a * lng + b * lat + c, d * lng + e * lat + f];
    })(map.getCenter());
    map.setView(place(...pixel(x, y)), map.getZoom(), { animate: false });
  } else {
    whole();
  }
  frame();
}

/** Return the middle of a tile. */
export function middle(position) {
  const { row_px, column_px, tile_height_px: height, tile_width_px: width } = state.scene;
  return place(column_px[position] + width / 2, row_px[position] + height / 2);
}

/** Make a tile the current one; move the map if the tile is near its edge or out of sight, and closer if `close`. */
export function go(position, close = false) {
  if (position < 0) return;
  state.current = position;
  const zoom = Math.log2(90 / state.scene.tile_height_px); // a tile of about 90 screen pixels
  if (close && map.getZoom() < zoom) map.setView(middle(position), Math.min(zoom, CLOSEST), { animate: false });
  else if (!map.getBounds().pad(-0.12).contains(middle(position))) map.panTo(middle(position), { animate: false });
  emit("current");
}

/** Zoom in or out, around the current tile if it is in view. */
export function zoom(by) {
  const seen = state.current >= 0 && map.getBounds().contains(middle(state.current));
  map.setZoomAround(seen ? middle(state.current) : map.getCenter(), map.getZoom() + by);
}

/** Return the positions of the tiles whose middle is in view. */
export function inView() {
  const bounds = map.getBounds();
  return state.scene.tile_ids.map((_, position) => position).filter((position) => bounds.contains(middle(position)));
}

/** Stretch the image to what is in view. */
export async function stretchToView() {
  const bounds = map.getBounds();
  const [left, top, right, bottom] = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
  const query = new URLSearchParams({ left, top: Math.min(top, bottom), right, bottom: Math.max(top, bottom) });
  try {
    state.stretch = await ask(`api/scenes/${encodeURIComponent(state.scene.scene)}/stretch?${query}`);
    emit("stretch");
  } catch (error) {
    hint(error.message);
  }
}

function follow({ latlng, containerPoint }) {
  const [column, row] = pixels(latlng);
  element("hair-x").style.transform = `translateY(${containerPoint.y}px)`;
  element("hair-y").style.transform = `translateX(${containerPoint.x}px)`;
  if (!state.scene) return;
  const [x, y] = coordinates(column, row).map((value) => value.toLocaleString("en", { maximumFractionDigits: 1 }));
  const under = tileAt(column, row);
  const code = state.scene.epsg ? `EPSG:${state.scene.epsg}` : "map";
  const scale = `1 px = ${Math.round(100 * 2 ** -map.getZoom() * state.scene.pixel_width_m) / 100} m`;
  element("place").textContent =
    `E ${x}  N ${y}  (${code})   row ${Math.floor(row)}, column ${Math.floor(column)}   ${under < 0 ? "" : tileId(under)}   ${scale}`;
}

export function start() {
  map.setView([0, 0], 0);
  map.on("mousemove", follow);
  on("scene", arrive);
  on("stretch", develop);
}
