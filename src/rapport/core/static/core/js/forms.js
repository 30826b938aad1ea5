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
