// <r-calendar>: its days are walked with the arrow keys; Enter opens the first entry, Page Up and Page Down turn the page.
// Where its entries may be moved, they are dragged to another day, or moved with Shift and an arrow key.
import { reason } from "./lazy.js";
import { post } from "./requests.js";
import { toast } from "./toasts.js";

let turned = false;

class Calendar extends HTMLElement {
  connectedCallback() {
    this.addEventListener("keydown", (event) => this.pressed(event));
    this.addEventListener("focusin", ({ target }) => {
      const day = target.closest("[data-day]");
      for (const cell of this.days) cell.tabIndex = cell === day ? 0 : -1;
    });
    if (this.dataset.url) this.allowMoves();
    const first = this.querySelector('[data-day][tabindex="0"]') ?? this.days[0];
    if (first) first.tabIndex = 0;
    if (turned) first?.focus();
    turned = false;
  }

  allowMoves() {
    this.addEventListener("dragstart", (event) => {
      this.lifted = event.target.closest?.("[data-row]");
      if (this.lifted) event.dataTransfer.setData("text/plain", this.lifted.dataset.row);
    });
    this.addEventListener("dragover", (event) => {
      if (this.lifted && event.target.closest("[data-day]")) event.preventDefault();
    });
    this.addEventListener("drop", (event) => {
      event.preventDefault();
      this.put(this.lifted, event.target.closest("[data-day]"));
      this.lifted = undefined;
    });
  }

  async put(entry, day) {
    if (!entry || !day || day.contains(entry)) return;
    const answer = await post(this.dataset.url, { move: entry.dataset.row, on: day.dataset.day });
    const note = JSON.parse(answer.headers.get("HX-Trigger") ?? "{}").toast;
    toast(note?.text ?? reason(answer.status), note?.level ?? "error");
    if (answer.ok) this.querySelector("[data-reload]").click();
  }

  get days() { return [...this.querySelectorAll("[data-day]")].filter((day) => day.offsetParent); }

  pressed(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const page = { PageUp: "prev", PageDown: "next" }[event.key];
    turned = Boolean(page);
    if (page) this.querySelector(`[rel=${page}]`).click();
    else if (!this.walk(event)) return;
    event.preventDefault();
  }

  walk(event) {
    const day = event.target.closest("[data-day]");
    if (!day) return false;
    const week = this.matches(".calendar-month") ? 7 : 1;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -week, ArrowDown: week }[event.key];
    const entry = event.target.closest("[data-row]");
    if (step && event.shiftKey && entry) this.put(entry, this.days[this.days.indexOf(day) + step]);
    else if (step) this.days[this.days.indexOf(day) + step]?.focus();
    else if (event.key === "Enter" && event.target === day) day.querySelector(".calendar-entry")?.click();
    else return false;
    return true;
  }
}
customElements.define("r-calendar", Calendar);
