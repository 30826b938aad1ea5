// <dialog>: opened by data-dialog="ID", closed by its close buttons, a click beside it, or a finished htmx form.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
  if (event.target.closest("[data-dialog-close]")) event.target.closest("dialog").close();
  if (event.target.matches("dialog.dialog")) event.target.close();
});

// The server closes a dialog with the header `HX-Trigger: {"dialog-close": {}}`.
document.addEventListener("dialog-close", () => document.querySelector("dialog[open]")?.close());

// A form that must be sure: the button stays disabled until the name is typed (data-confirm-name="Acme").
document.addEventListener("input", (event) => {
  const name = event.target.dataset?.confirmName;
  if (name === undefined) return;
  const button = event.target.form?.querySelector("[type=submit], button:not([type])");
  if (button) button.disabled = event.target.value.trim() !== name;
});
