// A button with data-copy="text" (or data-copy-from="ID") puts the text on the clipboard and says so.
import { toast } from "./toasts.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  const from = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom);
  await navigator.clipboard.writeText(button.dataset.copy ?? from?.value ?? from?.textContent ?? "");
  toast(document.body.dataset.textCopied, "success");
});
