// What the page knows, and who wants to hear when it changes.

export const state = {
  scenes: [], // scenes of the series: scene, date, sensor, models, trains
  classes: [], // class_id, class_name, colour, description, n_labels
  labels: new Map(), // tile_id → label, of all scenes
  pending: new Set(), // tile_id of tiles whose label is on its way to the server
  last: 0, // latest entry of the history that the page has seen
  scene: null, // the scene shown, see scenes.js
  current: -1, // position of the current tile in the scene
  selection: new Set(), // positions of the tiles chosen for a batch
  hidden: new Set(), // class_id of classes that are not shown
  layer: "labels",
  model: "",
  other: "", // scene of the other date
  minimum: 0, // least confidence
  opacity: 0.45,
  grid: true,
  stretch: [0, 1],
  store: "", // the file of labels
  targets: null, // labels and places wanted of each class, and places found
  author: "",
};

export const MODELS = { variomlp: "VarioMLP", resnet18: "ResNet-18", varionet: "VarioNet" };

const listeners = new Map();

/** Call `listener` whenever one of the events, named in one text, has happened. */
export function on(events, listener) {
  for (const event of events.split(" ")) {
    listeners.set(event, [...(listeners.get(event) ?? []), listener]);
  }
}

/** Tell that something has changed: scene, current, selection, labels, classes, display, stretch, lists. */
export function emit(...events) {
  for (const listener of new Set(events.flatMap((event) => listeners.get(event) ?? []))) listener();
}

export const element = (id) => document.getElementById(id);

/** Make an element; texts are put in as text, never as HTML. */
export function make(tag, attributes = {}, ...content) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name in made && name !== "list") made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...content.filter((part) => part !== null && part !== undefined));
  return made;
}

export const classOf = (id) => state.classes.find((entry) => entry.class_id === id);
export const tileId = (position) => state.scene.tile_ids[position];
export const labelAt = (position) => state.labels.get(tileId(position));

/** Return the names of the tiles that a label goes to: those chosen, else the current one. */
export function targets() {
  const positions = state.selection.size ? [...state.selection] : state.current >= 0 ? [state.current] : [];
  return positions.map(tileId);
}
