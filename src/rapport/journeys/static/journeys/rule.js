// <r-rule>: shows only the settings of what is to be done.
class Rule extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.form.addEventListener("change", () => this.follow());
    this.follow();
  }

  follow() {
    const chosen = this.form.elements.do.value;
    for (const row of this.querySelectorAll("[data-when]")) row.hidden = !row.dataset.when.split(" ").includes(chosen);
  }
}
customElements.define("r-rule", Rule);
