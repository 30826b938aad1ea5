// Forms that the server draws anew when their shape changes: <form data-redraws="address" data-redrawn="#part">, with data-redraw
// on what changes it. One request after the other, and never over what is typed meanwhile: the answer to a form that has
// changed since is thrown away and asked for again.
import { reason } from "./lazy.js";
import { post } from "./requests.js";
import { toast } from "./toasts.js";

const queues = new WeakMap();
const partOf = (form) => form.querySelector(form.dataset.redrawn);
const written = (form) => [...partOf(form).querySelectorAll("[name]")].map((input) => `${input.name}=${input.type === "checkbox" ? input.checked : input.value}`).join("\n");

/** Puts a drawing in place; the keyboard stays where it was, or goes to what is new. */
export function draw(form, html) {
  const before = new Set([...form.querySelectorAll("[id]")].map((element) => element.id));
  const open = [...form.querySelectorAll("details[open][id]")].map((element) => element.id);
  const { id, selectionStart: start, selectionEnd: end } = document.activeElement;
  const template = document.createElement("template");
  template.innerHTML = html;
  const part = template.content.firstElementChild;
  for (const name of open) part.querySelector(`details[id="${name}"]`)?.setAttribute("open", "");
  partOf(form).replaceWith(part);
  window.htmx.process(part);
  const same = id ? document.getElementById(id) : null;
  const field = same ?? [...part.querySelectorAll("input:not([type=hidden]), select")].find((input) => input.id && !before.has(input.id));
  if (field && form.contains(field) && field !== document.activeElement) field.focus({ preventScroll: Boolean(same) });
  if (same?.setSelectionRange && start != null && same.type !== "number") same.setSelectionRange(start, end);
  form.dispatchEvent(new CustomEvent("redrawn", { bubbles: true }));
}

async function work(form, queue) {
  partOf(form).setAttribute("aria-busy", "true");
  while (queue.length) {
    const before = written(form);
    const data = new FormData(form);
    data.set("action", queue[0]);
    const answer = await post(form.dataset.redraws, data);
    const html = answer.ok && (await answer.text());
    if (!html) {
      queue.length = 0;
      toast(reason(answer.status), "error");
    } else if (written(form) === before) {
      queue.shift();
      draw(form, html);
    }
  }
  partOf(form).removeAttribute("aria-busy");
}

function ask(form, action) {
  const queue = queues.get(form) ?? [];
  queues.set(form, queue);
  // What a button means is counted by places, which another button that is under way may change.
  if (action && queue.some((waiting) => waiting)) return;
  if (!action && queue.length) return;
  queue.push(action);
  if (queue.length === 1) work(form, queue);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-redraw]");
  const form = button?.form;
  if (!form?.dataset.redraws) return;
  event.preventDefault();
  ask(form, button.value);
});

document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-redraw]") && target.form?.dataset.redraws) ask(target.form, "");
});
