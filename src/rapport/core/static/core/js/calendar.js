// <r-calendar>: its days are walked with the arrow keys; Enter opens the first entry, Page Up and Page Down turn the page.
let turned = false;

class Calendar extends HTMLElement {
  connectedCallback() {
    this.addEventListener("keydown", (event) => this.pressed(event));
    this.addEventListener("focusin", ({ target }) => {
      const day = target.closest("[data-day]");
      for (const cell of this.days) cell.tabIndex = cell === day ? 0 : -1;
    });
    const first = this.querySelector('[data-day][tabindex="0"]') ?? this.days[0];
    if (first) first.tabIndex = 0;
    if (turned) first?.focus();
    turned = false;
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
    if (step) this.days[this.days.indexOf(day) + step]?.focus();
    else if (event.key === "Enter" && event.target === day) day.querySelector(".calendar-entry")?.click();
    else return false;
    return true;
  }
}
customElements.define("r-calendar", Calendar);
