// Leaving is warned of only where a draft cannot be kept: files that were chosen, or a browser without room.
const PREFIX = "rapport.draft.";

document.addEventListener("change", ({ target }) => {
  if (target.type === "file" && target.files.length && target.form) target.form.dataset.dirty = "yes";
});
document.addEventListener("submit", ({ target }) => {
  delete target.dataset.dirty;
  if (target.matches("[data-sign-out]")) for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
});
addEventListener("beforeunload", (event) => { if (document.querySelector("form[data-dirty=yes]")) event.preventDefault(); });
document.querySelector("[aria-invalid=true]")?.focus();

// What is marked data-of="kind" data-for="percent amount" matters only while the field of that name has one of these values.
function follow(form) {
  for (const part of form?.querySelectorAll("[data-of]") ?? []) {
    part.hidden = !part.dataset.for.split(" ").includes(form.elements[part.dataset.of]?.value);
  }
}
document.addEventListener("change", ({ target }) => follow(target.form));
for (const form of document.forms) follow(form);

// A form with data-after is sent when the form it names, which keeps itself while one types, has kept what was typed last.
const typed = new WeakMap();
const kept = new WeakMap();
document.addEventListener("input", ({ target }) => target.form && typed.set(target.form, (typed.get(target.form) ?? 0) + 1));
document.addEventListener("htmx:beforeRequest", ({ target, detail }) => { detail.xhr.typed = typed.get(target); });
document.addEventListener("htmx:afterRequest", ({ target, detail }) => detail.successful && kept.set(target, detail.xhr.typed), true);
document.addEventListener("submit", (event) => {
  const form = event.target;
  const first = form.dataset.after && document.querySelector(form.dataset.after);
  if (!first || typed.get(first) === kept.get(first)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const go = ({ target, detail }) => {
    if (target !== first || (detail.successful && typed.get(first) !== kept.get(first))) return;
    first.removeEventListener("htmx:afterRequest", go);
    if (detail.successful) form.requestSubmit();
  };
  first.addEventListener("htmx:afterRequest", go);
  first.requestSubmit();
}, true);
