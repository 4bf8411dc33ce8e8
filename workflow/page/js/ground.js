// What lies on the map's edge: a scale bar in true metres, and the direction of true north.
import { map } from "./map.js";
import { element, on, state } from "./state.js";

const L = window.L;

// Leaflet measures in the map's own unit, which is a pixel of the scene.
const Scale = L.Control.Scale.extend({
  _updateScales(pixels) {
    if (state.scene && pixels) L.Control.Scale.prototype._updateScales.call(this, pixels * state.scene.ground_m);
  },
});

function turn() {
  const { true_north_deg: north, grid_north_deg: grid } = state.scene;
  const shown = north ?? grid;
  element("north").style.transform = `rotate(${shown}deg)`;
  element("north-frame").title =
    north === null
      ? "North of the map grid; the scene has no coordinate system"
      : `True north at the middle of the scene; the map grid's north is ${apart(north, grid)}`;
}

function apart(north, grid) {
  const angle = Math.round(((((grid - north) % 360) + 540) % 360) - 180);
  return angle ? `${Math.abs(angle)}° ${angle > 0 ? "clockwise" : "counter-clockwise"} of it` : "the same";
}

export function start() {
  const scale = new Scale({ imperial: false, maxWidth: 140 }).addTo(map);
  on("scene", () => {
    turn();
    scale._update();
  });
}
