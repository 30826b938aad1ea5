// Every form keeps its draft in this browser until it is sent: through a reload, Back, a click elsewhere, and in a second tab.
import { note } from "./draft-note.js";
import { entries, fill, inputs } from "./draft-fields.js";
import { forget, read, write } from "./draft-store.js";
import { inside } from "./panel-address.js";
import { post } from "./requests.js";
import { draw } from "./redraw.js";

const words = document.body.dataset;
const PREFIX = `rapport.draft.${words.user}.`;
const SENT = "rapport.sent";
const EXEMPT = "[data-no-draft], .menu form, #list-bulk";
const starts = new WeakMap();

const keyOf = (form) => PREFIX + (form.dataset.draft ?? `${inside() || location.pathname} ${form.getAttribute("action") ?? ""}`);
async function restore(form, saved) {
  if (form.dataset.redraws) {
    const answer = await post(form.dataset.redraws, saved);
    if (!answer.ok) return;
    draw(form, await answer.text());
  }
  fill(form, saved);
  note(form, words.textRestored, () => { forget(keyOf(form)); location.reload(); });
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

function keep(form) {
  const now = entries(form);
  try {
    if (JSON.stringify(now) === starts.get(form)) forget(keyOf(form));
    else write(keyOf(form), now);
    note(form, words.textKept);
  } catch {
    form.dataset.dirty = "yes"; // no room here: leaving is warned of instead
  }
}

const hasFailed = (form) => form.querySelector("[aria-invalid=true], .field-error, [data-conflict]");
// What a form led to names the page it came from; an address entered after the network had failed does not.
const isAnswer = performance.getEntriesByType("navigation")[0]?.type === "navigate" && document.referrer !== "";

function prepare(form, isFirst) {
  if (starts.has(form) || form.method !== "post" || form.matches(EXEMPT) || !inputs(form).some((input) => input.type !== "hidden")) return;
  const key = keyOf(form);
  starts.set(form, JSON.stringify(entries(form)));
  if (sessionStorage.getItem(SENT) === key && !hasFailed(form) && (isAnswer || !isFirst)) forget(key);
  const saved = read(key);
  if (saved && !hasFailed(form) && JSON.stringify(saved) !== starts.get(form)) restore(form, saved);
}

function prepareAll(root, isFirst = false) {
  for (const form of [...root.querySelectorAll("form"), ...(root.matches?.("form") ? [root] : [])]) prepare(form, isFirst);
}

if (words.user) {
  const last = sessionStorage.getItem(SENT);
  prepareAll(document, true);
  if (last) {
    if (isAnswer && ![...document.forms].some((form) => starts.has(form) && keyOf(form) === last)) forget(last);
    sessionStorage.removeItem(SENT);
  }
  document.addEventListener("htmx:load", ({ target }) => prepareAll(target));
  document.addEventListener("redrawn", ({ target }) => starts.has(target) && keep(target));
  document.addEventListener("input", ({ target }) => starts.has(target.form) && keep(target.form));
  document.addEventListener("click", ({ target }) => {
    const form = target.closest("[data-draft-discard]")?.closest("form");
    if (form) forget(keyOf(form));
  });
  document.addEventListener("submit", ({ target }) => starts.has(target) && sessionStorage.setItem(SENT, keyOf(target)));
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.successful && starts.has(detail.elt)) forget(keyOf(detail.elt));
  });
  // What a second tab writes into the same form appears here too, unless something else was written here.
  addEventListener("storage", ({ key }) => {
    const form = [...document.forms].find((candidate) => starts.has(candidate) && keyOf(candidate) === key);
    const saved = form && JSON.stringify(entries(form)) === starts.get(form) ? read(key) : null;
    if (saved) restore(form, saved);
  });
}
