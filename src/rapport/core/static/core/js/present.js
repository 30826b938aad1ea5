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

// Whoever changes a form of the page edits what the page is about, until it is saved or left alone.
let [isEditing, stream] = [false, ""];

/** The page's stream is open: who edits says so again. */
export function arrived(id) {
  stream = id;
  for (const element of document.querySelectorAll("[data-present]")) tellEditing(element);
}

function tellEditing(element) {
  if (stream && isEditing) post(element.dataset.editingUrl, { stream, token: element.dataset.live, editing: "yes" });
}

document.addEventListener("input", ({ target }) => {
  if (isEditing || !target.closest?.("main form[method=post]") || target.closest("#panel")) return;
  isEditing = true;
  document.querySelectorAll("[data-present]").forEach(tellEditing);
});
