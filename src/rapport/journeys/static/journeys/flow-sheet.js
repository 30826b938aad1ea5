// The side sheet: the settings of a step, saved while they are written. An answer marks what is wrong and leaves what is
// typed alone; only what changes the form's shape draws it anew.
const WAIT = 600;

export class FlowSheet {
  constructor(flow, element) {
    Object.assign(this, { flow, element, part: null, isDirty: false });
    element.addEventListener("input", ({ target }) => target.name && this.soon(target.matches("select, [type=checkbox]") ? 0 : WAIT));
    element.addEventListener("change", ({ target }) => target.matches("[data-shape]") && this.save(target.dataset.shape || "", true));
    element.addEventListener("click", (event) => this.press(event));
    element.addEventListener("submit", (event) => { event.preventDefault(); this.save(); });
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      event.preventDefault();
      event.stopPropagation();
      this.close();
    });
  }

  get form() { return this.element.querySelector("form"); }

  async open(part) {
    await this.flush();
    const answer = await fetch(`${this.flow.dataset.sheet}?part=${encodeURIComponent(part)}`).catch(() => Response.error());
    if (!answer.ok) return this.flow.tell(this.flow.words.failed, "error");
    this.show(part, await answer.text());
    this.flow.choose(part);
    return this.focus();
  }

  /** Draws the form; the keyboard stays where it was, or goes to what is new. */
  show(part, html) {
    const { activeElement } = document, had = this.element.contains(activeElement);
    const place = had && (activeElement.name || activeElement.dataset.shape);
    const before = new Set([...this.element.querySelectorAll("[name]")].map((input) => input.name));
    const isSame = part === this.part;
    this.element.innerHTML = html;
    window.htmx.process(this.element);
    Object.assign(this, { part, isDirty: false });
    this.element.hidden = false;
    if (!had || !isSame) return;
    const fresh = [...this.element.querySelectorAll("input:not([type=hidden]), select")].find((input) => !before.has(input.name));
    const same = [...this.element.querySelectorAll("[name], [data-shape]")].find((input) => place && [input.name, input.dataset.shape].includes(place));
    (fresh ?? same ?? this.element.querySelector("button"))?.focus();
  }

  /** What is wrong now, beside what is being written. */
  mark(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    for (const place of this.element.querySelectorAll("[data-errors]")) {
      const now = template.content.querySelector(`[data-errors="${CSS.escape(place.dataset.errors)}"]`);
      if (now) place.replaceChildren(...now.childNodes);
    }
    const title = template.content.querySelector("#sheet-title .truncate");
    if (title && this.form) this.element.querySelector("#sheet-title .truncate").textContent = title.textContent;
  }

  focus() {
    this.element.querySelector(".sheet-body :is(input:not([type=hidden]), select, textarea)")?.focus();
  }

  soon(wait) {
    this.isDirty = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), wait);
  }

  /** Sends what is written, at once. */
  async save(action = "", reshape = false, isLast = false) {
    clearTimeout(this.timer);
    const { form } = this;
    if (!form) return;
    const data = new FormData(form);
    data.set("part", this.part);
    data.set("action", action);
    this.isDirty = false;
    const done = await this.flow.send("set", data, { draws: reshape, tells: reshape || isLast });
    if ((!done || done.failed) && this.form === form) this.isDirty = true;
  }

  async flush() {
    if (this.isDirty && !this.flow.isStale) await this.save();
    return this.flow.queue;
  }

  press(event) {
    const shape = event.target.closest("button[data-shape]"), rows = event.target.closest("[data-add], [data-remove]");
    if (event.target.closest("[data-close]")) this.close();
    else if (shape) this.save(shape.dataset.shape, true);
    else if (rows) this.soon(0);
  }

  /** What is written is sent; nobody has to wait for it, and the keyboard goes on at the step's card. */
  close(back = true) {
    if (this.part === null) return;
    const card = this.flow.card(this.part);
    if (back && this.isDirty && !this.flow.isStale) this.save("", false, true);
    clearTimeout(this.timer);
    Object.assign(this, { part: null, isDirty: false });
    this.element.hidden = true;
    this.element.replaceChildren();
    this.flow.choose(null);
    if (back) (card ?? this.flow.cards[0])?.focus();
  }
}
