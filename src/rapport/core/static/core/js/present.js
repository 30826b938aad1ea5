// Who else has a record open, that it was changed or commented meanwhile, and that this page is being edited.
import { post } from "./requests.js";

export function showPresent(element, people) {
  const list = element.querySelector(".together-people");
  if (!list) return;
  list.replaceChildren(...people.map(({ name, initials, tint, editing }) => {
    const mark = document.createElement("span");
    mark.className = `avatar tint-${tint}${editing ? " is-editing" : ""}`;
    mark.textContent = initials;
    mark.title = (editing ? element.dataset.wordsEditing : element.dataset.wordsHere).replace("{name}", name);
    mark.setAttribute("role", "img");
    mark.setAttribute("aria-label", mark.title);
    return mark;
  }));
}

// The page shows what was; its forms see for themselves whether they may still be saved.
document.addEventListener("live:changed", ({ target, detail }) => {
  const hint = target.querySelector?.("[data-changed]");
  if (hint && !detail.own) hint.hidden = false;
});
document.addEventListener("live:comments", ({ target, detail }) => {
  if (!detail.own) target.querySelector?.("[data-comments]")?.classList.add("is-new");
});

// What somebody writes in is not drawn anew under their hands.
for (const name of ["live:comments", "live:missed"]) {
  document.addEventListener(name, ({ target }) => {
    const isWritten = () => [...target.querySelectorAll("textarea")].some((field) => field.value !== field.defaultValue);
    if ("redrawnQuietly" in (target.dataset ?? {}) && !isWritten()) target.dispatchEvent(new CustomEvent("live:quiet"));
  });
}

// Whoever changes a form of the page edits what the page is about, until it is saved or left alone.
let [isEditing, stream] = [false, ""];

/** The page's stream is open: who edits says so again. */
export function arrived(id) {
  stream = id;
  if (isEditing) tellEditing();
}

function tellEditing() {
  const element = document.querySelector(".topbar [data-present]");
  if (stream && element) post(element.dataset.editingUrl, { stream, token: element.dataset.live, editing: isEditing ? "yes" : "" });
}

document.addEventListener("input", ({ target }) => {
  if (isEditing || !target.closest?.("main form[method=post]")) return;
  isEditing = true;
  tellEditing();
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!isEditing || !detail.successful || detail.requestConfig?.verb !== "post" || !detail.elt.closest?.("main")) return;
  isEditing = false;
  tellEditing();
});
