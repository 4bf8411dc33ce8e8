// Questions to the server; every answer that is an error becomes one sentence for the user.
import { element, emit, state } from "./state.js";

const FIRST_PAUSE_S = 0.5; // before a change is sent again
const LONGEST_PAUSE_S = 10;
const AGAIN = [502, 503, 504]; // a tunnel without an end, a store that cannot be written to now

const waiting = []; // changes that the server has not confirmed, in order
let sending = false;
let refused = false; // the last change
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
    throw problem("The server does not answer: what was saved is safe; start it again, or the tunnel, and open its new address", 0, true);
  }
  if (response.status === 401) {
    if (!element("lost-dialog").open) element("lost-dialog").showModal();
    throw problem("The server was restarted: open the URL that it has printed", 401, true);
  }
  const type = response.headers.get("content-type") ?? "";
  const answer = type.includes("json") ? await response.json() : { error: await response.text() };
  if (!response.ok) throw problem(answer.error, response.status, AGAIN.includes(response.status));
  return answer;
}

/** Return an error, and whether the same question may be answered later. */
function problem(text, status, again) {
  return Object.assign(new Error(text), { status, again });
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
  return new Promise((resolve) => {
    waiting.push({ path, content: { ...content, change: crypto.randomUUID?.() ?? `${Date.now()} ${Math.random()}` }, resolve });
    keep();
    send();
  });
}

/** Send what waits. What the server could not take for want of a connection or of room is sent again until it does. */
async function send() {
  if (sending) return;
  sending = true;
  let pause = FIRST_PAUSE_S;
  while (waiting.length) {
    const { path, content, resolve } = waiting[0];
    let answer = null;
    try {
      answer = await ask(path, "POST", { ...content, after: state.last });
      refused = false;
    } catch (error) {
      if (error.again) {
        saying(`not saved: ${error.message}`, true);
        await new Promise((done) => setTimeout(done, 1000 * pause));
        pause = Math.min(2 * pause, LONGEST_PAUSE_S);
        continue;
      }
      refused = true;
      hint(error.message, 12);
      if (error.status === 409) await anew();
    }
    pause = FIRST_PAUSE_S;
    waiting.shift();
    if (answer) take(answer);
    keep();
    resolve(answer);
  }
  sending = false;
}

/** Show how many changes wait, and keep them for this window should it be loaded again. */
function keep() {
  if (waiting.length) saying(`saving ${waiting.length} …`);
  else saying(refused ? "not saved" : "saved", refused);
  const kept = JSON.stringify(waiting.map(({ path, content }) => ({ path, content })));
  if (waiting.length) sessionStorage.setItem("waiting", kept);
  else sessionStorage.removeItem("waiting");
}

function saying(text, bad = false) {
  const many = waiting.length > 1 ? ` (${waiting.length} changes wait)` : "";
  element("saved").textContent = bad ? text + many : text;
  element("saved").classList.toggle("bad", bad);
}

/** The store of labels was replaced: forget what was known of it. */
async function anew() {
  const answer = await tryAsk("api/labels?after=0");
  if (!answer) return;
  state.labels.clear();
  state.last = -1;
  take(answer);
}

/** Send what waited when the window was loaded last, and warn before it is closed while something waits. */
export function resume() {
  for (const kept of JSON.parse(sessionStorage.getItem("waiting") ?? "[]")) waiting.push({ ...kept, resolve: () => {} });
  if (waiting.length) send();
  addEventListener("beforeunload", (event) => {
    if (waiting.length) event.preventDefault();
  });
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
    if (document.hidden || element("lost-dialog").open || waiting.length) return;
    const answer = await ask(`api/labels?after=${state.last}`).catch(() => null);
    if (answer && !waiting.length && answer.last >= state.last) take(answer);
  }, 1000 * seconds);
}
