// <r-board>: cards are moved between columns by dragging, by Shift and an arrow key, or with their menu.
import { move } from "./board-move.js";

class Board extends HTMLElement {
  connectedCallback() {
    this.addEventListener("dragstart", (event) => this.lift(event));
    this.addEventListener("dragover", (event) => this.over(event));
    this.addEventListener("drop", (event) => this.drop(event));
    this.addEventListener("dragend", () => this.settle());
    this.addEventListener("keydown", (event) => this.pressed(event));
    this.addEventListener("click", ({ target }) => {
      const opener = target.closest("[data-move]");
      if (opener) this.ask(opener);
      const choice = target.closest("[data-to]");
      if (choice) move(this, this.chosen, this.column(choice.dataset.to), true);
    });
  }

  get columns() { return [...this.querySelectorAll("[data-column]")]; }
  column(value) { return this.columns.find((column) => column.dataset.column === value); }

  lift(event) {
    const card = event.target.closest?.("[data-card][draggable]");
    if (!card) return;
    this.lifted = card;
    event.dataTransfer.setData("text/plain", card.dataset.card);
    event.dataTransfer.effectAllowed = "move";
    card.classList.add("is-lifted");
  }

  over(event) {
    const column = event.target.closest("[data-column]");
    if (!this.lifted || !column) return;
    event.preventDefault();
    for (const other of this.columns) other.classList.toggle("is-target", other === column && !other.contains(this.lifted));
  }

  drop(event) {
    const column = event.target.closest("[data-column]");
    if (!this.lifted || !column) return;
    event.preventDefault();
    move(this, this.lifted, column, false);
  }

  settle() {
    this.lifted?.classList.remove("is-lifted");
    this.lifted = null;
    for (const column of this.columns) column.classList.remove("is-target");
  }

  pressed(event) {
    const card = event.target.closest("[data-card]");
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!card || !step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const column = card.closest("[data-column]");
    const beside = this.columns[this.columns.indexOf(column) + step];
    if (["ArrowUp", "ArrowDown"].includes(event.key)) {
      const cards = [...column.querySelectorAll("[data-card]")];
      this.focusOn(cards[cards.indexOf(card) + step]);
    } else if (event.shiftKey) {
      if (beside && card.draggable) move(this, card, beside, true);
    } else this.focusOn(beside?.querySelector("[data-card]"));
  }

  focusOn(card) {
    card?.querySelector("[data-main]").focus({ preventScroll: true });
    card?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  ask(opener) {
    const menu = this.querySelector("#board-move");
    this.chosen = opener.closest("[data-card]");
    const here = this.chosen.closest("[data-column]").dataset.column;
    for (const choice of menu.querySelectorAll("[data-to]")) choice.hidden = choice.dataset.to === here;
    menu.openedBy = opener;
    menu.showPopover();
  }
}
customElements.define("r-board", Board);
