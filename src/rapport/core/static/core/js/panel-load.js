// Fetches what the side panel shows: a record's own partial. What is no partial is opened as the page that it is.
import { inside } from "./panel-address.js";
import { reason } from "./lazy.js";
import { csrf } from "./requests.js";
import { announce, toast } from "./toasts.js";

const HEADERS = { "HX-Request": "true", "HX-Target": "panel" };
const WAIT = 60000;
let loading = null;

export const stop = () => loading?.abort();

const tell = (name) => document.dispatchEvent(new CustomEvent(name));

/** Shows a record; with a body, the answer to a form. Tells `panel-shown`, `panel-changed`, or `panel-empty` when there is nothing. */
export async function load(record, body = null) {
  const place = document.getElementById("panel");
  stop();
  loading = new AbortController();
  const { signal } = loading;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(WAIT)]);
  place.hidden = false;
  place.setAttribute("aria-busy", "true");
  try {
    const headers = body ? { ...HEADERS, "X-CSRFToken": csrf() } : HEADERS;
    const answer = await fetch(record, { method: body ? "POST" : "GET", body, headers, signal: limit });
    if (!(await take(place, answer, record)) && !place.firstElementChild) tell("panel-empty");
  } catch (error) {
    if (signal.aborted) return;
    toast(reason(0), "error");
    if (!place.firstElementChild) tell("panel-empty");
  }
  place.removeAttribute("aria-busy");
}

async function take(place, answer, record) {
  const away = answer.headers.get("HX-Redirect") ?? answer.headers.get("X-Panel-Location");
  if (away) return leave(away);
  const html = await answer.text();
  if (html.includes("data-panel-close") && (answer.ok || answer.status === 422)) return show(place, html);
  if (answer.ok) return location.assign(record);
  toast(reason(answer.status), "error");
  return false;
}

// After a form that leads back to its record, the record and the list beneath are shown anew.
function leave(away) {
  const record = inside();
  const isSame = record && new URL(away, location.href).pathname === new URL(record, location.href).pathname;
  if (!isSame) location.assign(away);
  else {
    tell("panel-changed");
    load(away);
  }
  return true;
}

function show(place, html) {
  window.htmx.swap(place, html, { swapStyle: "innerHTML", swapDelay: 0, settleDelay: 20 });
  place.scrollTop = 0;
  announce(place.querySelectorAll(".panel-toasts > .toast"));
  // A form is opened to be filled in; a record is looked at while the list keeps the keys.
  place.querySelector("form[data-focus] :is(input:not([type=hidden]), select, textarea)")?.focus();
  tell("panel-shown");
  return true;
}

// A form of the record stays in the panel: its answer is shown there, or leads on.
document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || form.method !== "post" || form.target || !form.closest("#panel") || form.matches("[data-whole]")) return;
  event.preventDefault();
  const action = submitter?.getAttribute("formaction") ?? form.getAttribute("action");
  load(action || inside(), new FormData(form, submitter));
});
