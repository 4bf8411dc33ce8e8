// Questions to the server; every answer that is an error becomes one sentence for the user.
import { element, emit, state } from "./state.js";

let pending = Promise.resolve();
let timer = 0;

/** Show a sentence over the map, for a while or until the next. */
export function hint(text, seconds = 4) {
  const shown = element("hint");
  shown.textContent = text;
  shown.hidden = !text;
  clearTimeout(timer);
  if (seconds) timer = setTimeout(() => (shown.hidden = true), 1000 * seconds);
}

/** Ask the server for an answer in JSON. */
export async function ask(path, method = "GET", content = undefined) {
  let response;
  const headers = { "x-author": encodeURIComponent(state.author) };
  try {
    response = await fetch(path, { method, headers, body: content && JSON.stringify(content) });
  } catch {
    throw new Error("The server does not answer: what was saved is safe; start it again, or the tunnel, and open its new address");
  }
  if (response.status === 401) {
    if (!element("lost-dialog").open) element("lost-dialog").showModal();
    throw new Error("The server has been started anew: open the address that it has printed");
  }
  const type = response.headers.get("content-type") ?? "";
  const answer = type.includes("json") ? await response.json() : { error: await response.text() };
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

/** Ask, and say what went wrong; null then. */
export async function tryAsk(...question) {
  try {
    return await ask(...question);
  } catch (error) {
    hint(error.message, 12);
    return null;
  }
}

/** Change labels; changes go to the server one after the other, in the order in which they were made. */
export function change(path, content) {
  element("saved").textContent = "saving …";
  pending = pending.then(async () => {
    const answer = await tryAsk(path, "POST", { ...content, after: state.last });
    element("saved").textContent = answer ? "saved" : "not saved";
    element("saved").classList.toggle("bad", !answer);
    if (answer) take(answer);
    return answer;
  });
  return pending;
}

/** Take in what has changed, here or in another window. */
export function take(answer) {
  for (const label of answer.labels) state.labels.set(label.tile_id, label);
  for (const name of answer.cleared) state.labels.delete(name);
  const fresh = answer.last !== state.last;
  state.last = answer.last;
  if (fresh || JSON.stringify(state.classes) !== JSON.stringify(answer.classes)) {
    state.classes = answer.classes;
    emit("labels", "classes");
  }
}

/** Look now and then for what others have changed. */
export function follow(seconds) {
  setInterval(async () => {
    if (document.hidden || element("lost-dialog").open) return;
    pending = pending.then(async () => {
      const answer = await ask(`api/labels?after=${state.last}`).catch(() => null);
      if (answer) take(answer);
    });
  }, 1000 * seconds);
}
