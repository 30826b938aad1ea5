// <r-order>: entries that are put in order by dragging, or with the arrow keys on their handles; their fields are sent in that order.
class Order extends HTMLElement {
  connectedCallback() {
    this.addEventListener("keydown", (event) => this.pressed(event));
    this.addEventListener("dragstart", (event) => { this.dragged = event.target.closest("[data-entry]"); });
    this.addEventListener("dragover", (event) => this.over(event));
    this.addEventListener("dragend", () => { this.dragged = null; });
    this.addEventListener("input", (event) => event.target.matches("[data-narrow]") && this.narrow(event.target.value));
  }

  pressed(event) {
    const handle = event.target.closest("[data-handle]");
    const entry = handle?.closest("[data-entry]");
    const beside = { ArrowUp: entry?.previousElementSibling, ArrowDown: entry?.nextElementSibling }[event.key];
    if (!beside?.matches("[data-entry]")) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "ArrowUp") beside.before(entry);
    else beside.after(entry);
    handle.focus();
  }

  over(event) {
    const entry = event.target.closest("[data-entry]");
    if (!this.dragged || !entry) return;
    event.preventDefault();
    if (entry === this.dragged) return;
    const box = entry.getBoundingClientRect();
    if (event.clientY < box.top + box.height / 2) entry.before(this.dragged);
    else entry.after(this.dragged);
  }

  narrow(text) {
    const words = text.trim().toLowerCase();
    for (const entry of this.querySelectorAll("[data-entry]")) entry.hidden = !entry.textContent.toLowerCase().includes(words);
  }
}
customElements.define("r-order", Order);
