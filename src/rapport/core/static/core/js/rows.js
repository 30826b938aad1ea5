// <r-rows>: rows that can be added and removed; the <template> inside is a new row.
class Rows extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      if (event.target.closest("[data-add]")) this.add();
      const remove = event.target.closest("[data-remove]");
      if (remove) this.drop(remove.closest("[data-row]"));
    });
  }

  add() {
    const template = this.querySelector("template");
    const row = template.content.cloneNode(true);
    const first = row.querySelector("input, select");
    template.before(row);
    first?.focus();
    this.dispatchEvent(new Event("input", { bubbles: true }));
  }

  drop(row) {
    const beside = row.previousElementSibling ?? row.nextElementSibling;
    row.remove();
    (beside?.querySelector("input, select") ?? this.querySelector("[data-add]"))?.focus();
    this.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
customElements.define("r-rows", Rows);
