// A picture goes from the disk into the library and into the field that wants its address, in one step.
const to = document.querySelector("script[data-to]").dataset.to;
const toast = (text) => document.dispatchEvent(new CustomEvent("toast", { detail: { text, level: "error" } }));
const csrf = () => document.querySelector("[name=csrfmiddlewaretoken]").value;

async function send(button, file) {
  const words = document.getElementById(button.dataset.described)?.value.trim();
  const body = new FormData();
  body.set("image", file);
  // What it shows is asked for again where the page shows it; the library wants some words at once.
  body.set("alt", words || file.name.replace(/\.[^.]+$/, "").replace(/[_-]+/g, " "));
  button.disabled = true;
  const answer = await fetch(to, { method: "POST", headers: { "X-CSRFToken": csrf() }, body }).catch(() => null);
  button.disabled = false;
  const outcome = await answer?.json().catch(() => null);
  const field = document.getElementById(button.dataset.upload); // the form may have been drawn anew meanwhile
  if (!answer?.ok || !field) return toast(outcome?.problem ?? document.body.dataset.textFailed);
  field.value = outcome.url;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-upload]");
  if (!button) return;
  const chooser = Object.assign(document.createElement("input"), { type: "file", accept: "image/jpeg,image/png,image/webp,image/gif" });
  chooser.addEventListener("change", () => chooser.files[0] && send(button, chooser.files[0]));
  chooser.click();
});
