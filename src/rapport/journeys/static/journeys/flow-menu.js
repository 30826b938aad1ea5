// The menu of a place: steps to add, searched while typing; pasting; going on at a step that there is; ending.
export class FlowMenu {
  constructor(flow, element) {
    Object.assign(this, { flow, element, search: element.querySelector("input") });
    this.search.addEventListener("input", () => this.filter());
    this.search.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault(); // the key would press the button that gets the focus back
      this.first()?.click();
    });
    element.addEventListener("click", (event) => this.take(event.target.closest(".menu-item")));
    element.addEventListener("toggle", (event) => event.newState === "closed" && this.plus?.isConnected && this.back());
  }

  back() {
    if (this.element.contains(document.activeElement) || document.activeElement === document.body) this.plus.focus();
  }

  get items() { return [...this.element.querySelectorAll(".menu-item")]; }
  first() { return this.items.find((item) => !item.hidden); }

  open(plus) {
    this.plus = plus;
    this.element.openedBy = plus;
    this.targets();
    this.search.value = "";
    this.filter();
    this.element.showPopover();
    this.search.focus();
  }

  /** The steps that a way can lead to. */
  targets() {
    const list = this.element.querySelector("[data-targets]"), pattern = this.element.querySelector("template").content.firstElementChild;
    list.replaceChildren(...this.flow.cards.filter((card) => card.dataset.part).map((card) => {
      const item = pattern.cloneNode(true);
      item.dataset.there = card.dataset.part;
      item.querySelector("span").textContent = card.querySelector(".flow-title").textContent;
      return item;
    }));
  }

  filter() {
    const wanted = this.search.value.trim().toLowerCase();
    for (const item of this.items) item.hidden = Boolean(wanted) && !item.textContent.toLowerCase().includes(wanted);
    for (const label of this.element.querySelectorAll(".menu-label")) label.hidden = Boolean(wanted);
  }

  async take(item) {
    if (!item) return;
    const { after, branch } = this.plus.dataset, { flow } = this, { kind, there, paste, end } = item.dataset;
    if (kind) {
      await flow.send("insert", { kind, after, branch });
      flow.sheet.focus();
    } else if (paste !== undefined) {
      const text = await navigator.clipboard?.readText?.().catch(() => "");
      flow.paste(text, this.plus);
    } else if (there !== undefined || end !== undefined) flow.send("connect", { step: there ?? "", after, branch });
  }
}
