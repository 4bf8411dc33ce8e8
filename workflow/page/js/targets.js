// How many labels of each class there are, in how many places, and what is still wanted. Places matter more than split-images.
import { ask } from "./api.js";
import { element, emit, make, on, state } from "./state.js";

const PAUSE = 700; // ms after the last label

let timer = 0;

/** Return how far a class has come, 0 to 1: the lesser of its shares of labels and of places. */
export function progress({ class_id: id, n_labels: n }) {
  const { targets } = state;
  if (!targets) return 0;
  return Math.min(1, n / targets.labels, placesOf(id) / targets.places);
}

export const placesOf = (id) => state.targets?.found[id] ?? 0;

/** Say what a class has and what it lacks. */
export function described({ class_id: id, class_name: name, description, n_labels: n }, here) {
  const { targets } = state;
  const head = `${description || name}: ${here} labels in this scene, ${n} in all`;
  if (!targets) return head;
  const lack = [[targets.labels - n, "labels"], [targets.places - placesOf(id), "places"]].filter(([more]) => more > 0);
  return `${head}, in ${placesOf(id)} places; ${lack.length ? `wanted: ${lack.map(([more, what]) => `${more} more ${what}`).join(", ")}` : "enough"}`;
}

function renew() {
  if (!state.targets) return;
  const wanting = state.classes.filter((one) => progress(one) < 1).sort((one, other) => progress(one) - progress(other));
  const { labels, places } = state.targets;
  element("wanted").replaceChildren(
    wanting.length
      ? `${wanting.length} of ${state.classes.length} classes want more, of ${labels} labels in ${places} places each; most of all `
      : `All classes have ${labels} labels in ${places} places. `,
    ...(wanting.length ? [make("b", {}, wanting[0].class_name)] : []),
  );
}

async function count() {
  try {
    state.targets = await ask("api/targets");
  } catch {
    return; // the next label asks again
  }
  renew();
  emit("targets");
}

export function start() {
  on("labels classes", () => {
    clearTimeout(timer);
    timer = setTimeout(count, state.targets ? PAUSE : 0);
  });
}
