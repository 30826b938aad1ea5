// The draft as JSON, behind a toggle: both sides show the same draft, and neither is left while it cannot be read.
const WAIT = 800;

export class FlowJson {
  constructor(flow, element) {
    Object.assign(this, { flow, element, field: element.querySelector("textarea"), error: element.querySelector(".field-error") });
    this.field.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.save(), WAIT);
    });
    // Undone, or changed by what was saved elsewhere on this page.
    document.addEventListener("flow-changed", ({ detail }) => {
      if (!element.hidden && detail.definition !== this.sent) this.fill(detail.definition);
      this.sent = detail.definition;
    });
  }

  fill(text) {
    if (same(this.field.value, text)) return;
    this.field.value = text;
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
    clearTimeout(this.timer);
  }

  async toggle() {
    const { flow, element } = this, opening = element.hidden;
    if (opening) {
      flow.sheet.close();
      await flow.queue;
      this.field.value = flow.definition;
      await this.edit();
    } else if (!(await this.save())) return this.view.focus();
    element.hidden = !opening;
    flow.querySelector(".flow-drawing").hidden = opening;
    flow.querySelector("[data-do=json]").setAttribute("aria-pressed", opening);
    return opening ? this.view.focus() : flow.cards[0]?.focus();
  }

  async edit() {
    this.view ??= (await import("./flow-code.js")).edit(this.field);
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
    clearTimeout(this.timer);
  }

  /** Whether what is written can be read, and is saved. */
  async save() {
    clearTimeout(this.timer);
    const text = this.field.value;
    let words = "";
    try {
      JSON.parse(text);
    } catch (problem) {
      words = `${this.flow.words.json} ${problem.message}`;
    }
    if (!words && !same(text, this.flow.definition)) {
      const done = await this.flow.send("replace", { text }, { tells: false });
      words = !done || done.failed ? done?.words ?? this.flow.words.failed : "";
    }
    this.error.textContent = words;
    this.error.hidden = !words;
    return !words;
  }
}

/** Whether two texts say the same. */
function same(one, other) {
  try {
    return JSON.stringify(JSON.parse(one)) === JSON.stringify(JSON.parse(other));
  } catch {
    return false;
  }
}
