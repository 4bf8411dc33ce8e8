// What is drawn over the image: tiles in the colours of the layer, labels, the grid, the current and the chosen tiles.
import { classShown, colour, earlier } from "./layers.js";
import { keyOf } from "./keys.js";
import { map } from "./map.js";
import { along, values } from "./scenes.js";
import { classOf, labelAt, on, state } from "./state.js";

const L = window.L;
const LEGIBLE = 34; // screen pixels of a tile that a letter fits into
const GRID = 10; // screen pixels of a tile from which on the grid is drawn

// Leaflet moves and scales a renderer's container while the map pans and zooms; drawn anew when that has ended.
const Overlay = L.Renderer.extend({
  _layers: {},
  _updatePaths() {},
  _initContainer() {
    this._container = document.createElement("canvas");
    this._container.id = "overlay";
  },
  _destroyContainer() {
    this._container.remove();
    delete this._container;
  },
  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    const size = this._bounds.getSize();
    const sharp = window.devicePixelRatio || 1;
    L.DomUtil.setPosition(this._container, this._bounds.min);
    Object.assign(this._container, { width: sharp * size.x, height: sharp * size.y });
    Object.assign(this._container.style, { width: `${size.x}px`, height: `${size.y}px` });
    if (state.scene) this.draw(this._container.getContext("2d"), sharp);
  },
  draw(pen, sharp) {
    const scale = 2 ** this._map.getZoom();
    const origin = this._map.latLngToLayerPoint([0, 0]).subtract(this._bounds.min);
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    const { row_px, column_px, tile_height_px, tile_width_px } = state.scene;
    const [height, width] = [tile_height_px * scale, tile_width_px * scale];
    const at = (position) => [origin.x + column_px[position] * scale, origin.y + row_px[position] * scale, width, height];
    const seen = state.scene.tile_ids.map((_, position) => position).filter((position) => this.sees(at(position)));
    for (const position of seen) this.tile(pen, position, at(position));
    if (state.layer === "orientation") this.lines(pen, seen, at);
    this.marks(pen, at);
  },
  sees([x, y, width, height]) {
    const size = this._bounds.getSize();
    return x + width > 0 && y + height > 0 && x < size.x && y < size.y;
  },
  tile(pen, position, box) {
    const [x, y, width, height] = box;
    const fill = colour(position);
    const label = labelAt(position);
    const shown = label && !state.hidden.has(label.class_id);
    if (fill) {
      pen.globalAlpha = state.opacity;
      pen.fillStyle = fill;
      pen.fillRect(...box);
    }
    pen.globalAlpha = 1;
    if (state.grid && width > GRID) {
      pen.strokeStyle = "rgb(255 255 255 / 28%)";
      pen.lineWidth = 1;
      pen.strokeRect(x + 0.5, y + 0.5, width, height);
    }
    if (shown && width > GRID && state.layer !== "none") this.label(pen, label, box);
    const id = classShown(position);
    if (fill && id !== null && height > LEGIBLE) this.letter(pen, keyOf(id), x + width / 2, y + height / 2);
    if (fill && state.layer === "difference" && height > 2 * LEGIBLE) {
      this.letter(pen, `was ${keyOf(earlier(position))}`, x + width / 2, y + height / 2 + 18, 12);
    }
  },
  // A frame in the layer of labels, dashed for those by models; in other layers a corner, hollow for those.
  label(pen, { class_id: id, origin }, [x, y, width, height]) {
    const ink = classOf(id)?.colour ?? "#888888";
    const machine = origin !== "human";
    pen.strokeStyle = ink;
    pen.lineWidth = Math.min(3, width / 14);
    if (state.layer === "labels") {
      pen.setLineDash(machine ? [4, 4] : []);
      pen.strokeRect(x + 2.5, y + 2.5, width - 5, height - 5);
      pen.setLineDash([]);
      return;
    }
    const side = Math.min(14, 0.4 * height);
    pen.beginPath();
    pen.moveTo(x + 1, y + 1);
    pen.lineTo(x + 1 + side, y + 1);
    pen.lineTo(x + 1, y + 1 + side);
    pen.closePath();
    pen.fillStyle = machine ? "rgb(0 0 0 / 60%)" : ink;
    pen.fill();
    pen.lineWidth = 1;
    pen.strokeStyle = machine ? ink : "rgb(0 0 0 / 70%)";
    pen.stroke();
  },
  letter(pen, text, x, y, size = 15) {
    pen.font = `600 ${size}px system-ui, sans-serif`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineWidth = 3;
    pen.strokeStyle = "rgb(0 0 0 / 75%)";
    pen.fillStyle = "#ffffff";
    pen.strokeText(text, x, y);
    pen.fillText(text, x, y);
  },
  lines(pen, seen, at) {
    const angles = values("structure")?.orientation_grid_deg;
    for (const position of seen) {
      if (!angles || angles[position] === null) continue;
      const [x, y, width, height] = at(position);
      const [right, up] = along(angles[position]).map((part) => part * 0.36 * Math.min(width, height));
      for (const [ink, thick] of [["rgb(0 0 0 / 70%)", 3.5], ["#ffffff", 1.5]]) {
        pen.strokeStyle = ink;
        pen.lineWidth = thick;
        pen.beginPath();
        pen.moveTo(x + width / 2 - right, y + height / 2 + up);
        pen.lineTo(x + width / 2 + right, y + height / 2 - up);
        pen.stroke();
      }
    }
  },
  marks(pen, at) {
    pen.lineWidth = 1.5;
    for (const position of state.selection) {
      pen.fillStyle = "rgb(255 255 255 / 22%)";
      pen.fillRect(...at(position));
      pen.strokeStyle = "#ffffff";
      pen.strokeRect(...at(position));
    }
    if (state.current < 0) return;
    const [x, y, width, height] = at(state.current);
    for (const [ink, thick] of [["#000000", 5], ["#ffd84d", 2.5]]) {
      pen.strokeStyle = ink;
      pen.lineWidth = thick;
      pen.strokeRect(x - 1, y - 1, width + 2, height + 2);
    }
  },
});

export function start() {
  const overlay = new Overlay({ padding: 0.4, pane: "overlayPane" }).addTo(map);
  let asked = 0;
  on("scene current selection labels classes display", () => {
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(() => overlay._update());
  });
}
