// The layers over the map: what colour each tile has, and the key to it.
import { values } from "./scenes.js";
import { classOf, labelAt, state } from "./state.js";

export const LAYERS = {
  labels: "Labels",
  predictions: "Predictions",
  confidence: "Confidence",
  disagreement: "Disagreement",
  applicability: "Applicability of the model",
  difference: "Change of class",
  orientation: "Crevasse orientation",
  none: "Image alone",
};
export const OF_MODEL = ["predictions", "confidence", "applicability", "difference"];

// Stops of scales that rise evenly in lightness, and of one that returns to its start for angles.
const SURE = ["#440154", "#414487", "#2a788e", "#22a884", "#7ad151", "#fde725"];
const APART = ["#fcffa4", "#fca50a", "#dd513a", "#932667", "#420a68", "#000004"].reverse();
const ANGLE = ["#e2d9e2", "#6e90bf", "#5e43a5", "#2f1436", "#8e2c50", "#c3785d", "#e2d9e2"];

function mix(stops, share) {
  const place = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const first = Math.min(Math.floor(place), stops.length - 2);
  const parts = [1, 3, 5].map((at) => {
    const [from, to] = [stops[first], stops[first + 1]].map((stop) => parseInt(stop.slice(at, at + 2), 16));
    return Math.round(from + (to - from) * (place - first));
  });
  return `rgb(${parts.join(" ")})`;
}

const ofClass = (id) => (id === null || state.hidden.has(id) ? null : (classOf(id)?.colour ?? "#888888"));
const sure = (said, position) => said.confidence[position] !== null && said.confidence[position] >= state.minimum;

/** Return the class that the model shown gives to a tile, if it is sure enough and the class is shown; else null. */
export function predicted(position) {
  const said = values(`predictions/${state.model}`);
  if (!said || said.class_id[position] === null || !sure(said, position)) return null;
  return state.hidden.has(said.class_id[position]) ? null : said.class_id[position];
}

const PAINT = {
  labels: (position) => ofClass(labelAt(position)?.class_id ?? null),
  predictions: (position) => ofClass(predicted(position)),
  confidence: (position) =>
    predicted(position) === null ? null : mix(SURE, values(`predictions/${state.model}`).confidence[position]),
  applicability: (position) => {
    const inside = values(`predictions/${state.model}`)?.applicable[position] ?? null;
    return inside === null ? null : inside ? "#2a788e" : "#fca50a";
  },
  disagreement: (position) => {
    const apart = values("disagreement")?.[position] ?? null;
    return apart === null ? null : mix(APART, apart);
  },
  difference: (position) => {
    const [was, is] = [earlier(position), predicted(position)];
    return was === null || is === null || was === is ? null : ofClass(is);
  },
  orientation: (position) => {
    const known = values("structure");
    const angle = known?.orientation_true_deg[position] ?? known?.orientation_grid_deg[position] ?? null;
    return angle === null ? null : mix(ANGLE, angle / 180);
  },
  none: () => null,
};

/** Return the class that the model gave to the place of a tile at the other date, if it was sure enough; else null. */
export function earlier(position) {
  const there = values(`difference/${state.model}/${state.other}`);
  return there && there.class_id[position] !== null && sure(there, position) ? there.class_id[position] : null;
}

/** Return the colour of a tile in the layer that is shown; null for none. */
export const colour = (position) => PAINT[state.layer](position);

/** Return the class whose key is written on a tile in the layer that is shown; null for none. */
export function classShown(position) {
  if (state.layer === "labels") return labelAt(position)?.class_id ?? null;
  if (state.layer === "difference") return PAINT.difference(position) === null ? null : predicted(position);
  return state.layer === "predictions" ? predicted(position) : null;
}

/** Return what directions of the scene are counted from. */
export const fromNorth = () => (state.scene?.true_north_deg === null ? "from the top of the image" : "from true north");

/** Return the key to the layer: a title and a list of colour and text, or a scale of colours with its ends. */
export function legend() {
  const stops = (scale) => Array.from({ length: 9 }, (_, step) => mix(scale, step / 8));
  switch (state.layer) {
    case "confidence":
      return { title: "Confidence", scale: stops(SURE), ends: ["0 %", "100 %"] };
    case "disagreement":
      return { title: "Disagreement of VarioMLP and ResNet-18", scale: stops(APART), ends: ["alike", "each sure of another class"] };
    case "orientation":
      return { title: `Orientation of crevasses, ${fromNorth()}`, scale: stops(ANGLE), ends: ["0°", "180°"] };
    case "applicability":
      return { title: "Applicability", list: [["#2a788e", "like the training tiles"], ["#fca50a", "unlike: do not trust"]] };
    case "difference": {
      const date = state.scenes.find((scene) => scene.scene === state.other)?.date?.slice(0, 10) ?? "no other date";
      return { title: `Class now, where it is not that of ${date}`, list: [] };
    }
    default:
      return null;
  }
}
