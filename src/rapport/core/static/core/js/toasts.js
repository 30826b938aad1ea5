// Toasts: what happened, for some seconds, with Undo where undoing is possible.
import { reason } from "./lazy.js";
import { post } from "./requests.js";

const area = () => document.getElementById("toasts");
const LEVELS = ["info", "success", "warning", "error"];

function raise() {
  const box = area();
  if (!box?.showPopover) return;
  if (box.matches(":popover-open")) box.hidePopover();
  if (box.querySelector(".toast")) box.showPopover();
}

function expire(item) {
  let timer = setTimeout(() => dismiss(item), item.matches(".toast-error") ? 12000 : 6000);
  item.addEventListener("pointerenter", () => clearTimeout(timer));
  item.addEventListener("pointerleave", () => (timer = setTimeout(() => dismiss(item), 3000)));
}

function dismiss(item) {
  item.remove();
  if (!area().querySelector(".toast")) area().hidePopover?.();
}

/** Shows a toast. `undo` is an address that is POSTed to when Undo is pressed. */
export function toast(text, level = "info", undo = "") {
  // What is told again, as by a part that asks each second, is told in one place.
  if (!undo) [...area().querySelectorAll(`.toast-${level}`)].find((item) => item.querySelector("span").textContent === text)?.remove();
  const item = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
  item.classList.remove("toast-info");
  item.classList.add(`toast-${LEVELS.includes(level) ? level : "info"}`);
  const use = item.querySelector("use");
  const icon = { success: "circle-check", warning: "triangle-alert", error: "circle-x" }[level] ?? "info";
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${icon}`));
  item.querySelector("span").textContent = text;
  const button = item.querySelector("[data-undo]");
  if (undo) button.dataset.undo = undo;
  else button.remove();
  area().append(item);
  expire(item);
  raise();
}

/** Shows toasts that came with an answer. */
export function announce(items) {
  for (const item of items) {
    area().append(item);
    expire(item);
  }
  if (items.length) raise();
}

document.addEventListener("toast", ({ detail }) => toast(detail.text, detail.level, detail.undo));

document.addEventListener("click", async (event) => {
  const item = event.target.closest(".toast");
  if (item && event.target.closest("[data-toast-close]")) dismiss(item);
  const undo = item && event.target.closest("[data-undo]");
  if (!undo) return undefined;
  undo.disabled = true;
  const answer = await post(undo.dataset.undo);
  if (answer.ok) return location.reload();
  undo.disabled = false;
  return toast(reason(answer.status), "error");
});

area()?.querySelectorAll(".toast").forEach(expire);
raise();
