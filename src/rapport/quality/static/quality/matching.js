// Keys of the review queue, and the preview of thresholds.
import { shortcut } from "../core/js/shortcuts.js";

const press = (key) => document.querySelector(`[data-match-key="${key}"]`)?.click();
const choose = (place) => {
  const radios = document.querySelectorAll("[data-match] input[name=survivor]:not(:disabled)");
  const radio = radios[place];
  if (!radio) return false;
  radio.checked = true;
  return true;
};

for (const key of ["m", "n", "s", "u", "ArrowUp", "ArrowDown"]) {
  shortcut(key, () => Boolean(document.querySelector(`[data-match-key="${key}"]`)) && (press(key), true));
}
shortcut("ArrowLeft", () => choose(0));
shortcut("ArrowRight", () => choose(1));

const form = document.querySelector("[data-match-policy]");
const preview = () => {
  const auto = Number(form.elements.auto_at.value);
  const review = Number(form.elements.review_at.value);
  const sums = { auto: 0, review: 0, none: 0 };
  for (const row of form.querySelectorAll("[data-edge]")) {
    const middle = Number(row.dataset.edge) + 2.5;
    const where = middle >= auto && form.elements.merges_itself.checked ? "auto" : middle >= review ? "review" : "none";
    sums[where] += Number(row.dataset.count);
  }
  const numbers = new Intl.NumberFormat(document.documentElement.lang || undefined);
  for (const [name, sum] of Object.entries(sums)) {
    form.querySelector(`[data-preview=${name}]`).textContent = numbers.format(sum);
  }
};
if (form) {
  form.addEventListener("input", preview);
  preview();
}
