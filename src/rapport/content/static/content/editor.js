// <r-mail-editor>: source with line numbers at the left, the message as it is at the right.
import { ask } from "./personal-values.js";

class MailEditor extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.source = this.querySelector("#mail-mjml");
    this.lines = this.querySelector(".source-lines");
    this.frame = this.querySelector(".mail-stage iframe");
    this.person = this.querySelector("#mail-person");
    this.scheme = "light";
    this.visited = new WeakSet();
    this.addEventListener("focusin", (event) => this.visited.add(event.target));
    this.dataset.width = "desktop";
    this.number();
    this.source.addEventListener("input", () => this.number());
    this.source.addEventListener("scroll", () => { this.lines.scrollTop = this.source.scrollTop; });
    this.source.addEventListener("keydown", (event) => this.indent(event));
    this.person.addEventListener("change", () => this.choose());
    this.form.addEventListener("htmx:afterRequest", (event) => event.detail.successful && event.target === this.form && this.show());
    this.addEventListener("click", (event) => this.press(event.target.closest("button")));
    this.form.addEventListener("htmx:afterSwap", () => this.mark());
    this.load();
    addEventListener("message", (event) => this.hear(event));
    addEventListener("submit", (event) => this.hold(event), true);
    if ((new URLSearchParams(location.search).get("edit") ?? this.dataset.first) === "visual") this.edit("visual");
  }

  // The visual editor is a page of its own, which is loaded when it is first wanted; both write the same field.
  edit(mode) {
    const frame = this.querySelector(".mail-visual");
    if (!frame) return;
    this.refuse("");
    if (mode !== "visual") return this.flush(() => this.shift("source"));
    if (!frame.src) frame.src = frame.dataset.src;
    else this.open();
  }

  // A ready section goes behind the chosen part, or to where one writes.
  insert(piece) {
    if (this.dataset.edit === "visual") return this.tell({ type: "insert", source: piece });
    if (this.code) return this.code.insert(piece);
    this.source.focus();
    document.execCommand("insertText", false, piece);
  }

  open() {
    this.tell({ type: "open", source: this.source.value, place: JSON.parse(sessionStorage.getItem(this.placeKey) ?? "null") });
  }

  get placeKey() {
    return `place in ${location.pathname}`;
  }

  // A personal value goes where one writes: into a field of the page, or into the message. `code` is one that is changed.
  personal(field, code = "") {
    ask(code, (chosen) => {
      if (field) {
        const isNew = !this.visited.has(field);
        field.focus();
        if (isNew) field.setSelectionRange(field.value.length, field.value.length);
        document.execCommand("insertText", false, chosen);
      } else if (this.dataset.edit === "visual") this.tell({ type: "value", source: chosen });
      else this.insert(chosen);
    });
  }

  // What is being written there comes into the field before anything else is done with it.
  flush(then) {
    if (this.dataset.edit !== "visual") return;
    this.then = then;
    this.tell({ type: "flush" });
  }

  hold(event) {
    if (this.dataset.edit !== "visual" || !event.target.dataset.after || event.target === this.going) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.flush(() => { this.going = event.target; event.target.requestSubmit(); });
  }

  tell(message) {
    this.querySelector(".mail-visual").contentWindow.postMessage({ from: "mail-editor", ...message }, location.origin);
  }

  hear(event) {
    const frame = this.querySelector(".mail-visual"), message = event.data;
    if (event.origin !== location.origin || event.source !== frame?.contentWindow || message?.from !== "visual-mail") return;
    if (message.type === "ready") this.open();
    if (message.type === "opened") this.shift("visual");
    if (message.type === "personal") this.personal(null, message.code);
    if (message.type === "place") sessionStorage.setItem(this.placeKey, JSON.stringify(message.place));
    if (message.type === "source") this.edit("source");
    if (["changed", "flushed"].includes(message.type) && this.dataset.edit === "visual" && message.source !== this.source.value) {
      this.source.value = message.source;
      this.source.dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (message.type === "flushed") this.then?.();
    if (message.type === "refused") {
      this.shift("source");
      this.refuse(message.why, message.line);
    }
  }

  // The choice is kept with the draft, for this person and all templates.
  shift(mode) {
    this.dataset.edit = mode;
    for (const button of this.querySelectorAll("[data-edit]:is(button)")) button.setAttribute("aria-pressed", String(button.dataset.edit === mode));
    const { editor } = this.form.elements;
    if (editor.value === mode) return;
    editor.value = mode;
    editor.dispatchEvent(new Event("input", { bubbles: true }));
  }

  refuse(why, line) {
    const notice = this.querySelector(".mail-refused");
    notice.hidden = !why;
    notice.querySelector("span").textContent = why;
    notice.querySelector("button").dataset.line = line ?? 0;
  }

  // Until it has come, and where it cannot, the plain field is what one writes in.
  async load() {
    const { sourceEditor } = await import("./source.js");
    this.code = sourceEditor(this.source, JSON.parse(this.querySelector("#mail-aids").textContent));
    this.dataset.code = "";
    this.mark();
  }

  mark() {
    const problem = this.querySelector("#mail-problems [data-line]");
    this.code?.mark(Number(problem?.dataset.line ?? 0), problem?.closest(".notice").textContent.trim());
  }

  number() {
    const count = this.source.value.split("\n").length;
    if (count === this.count) return;
    this.count = count;
    this.lines.textContent = Array.from({ length: count }, (_, index) => index + 1).join("\n");
  }

  // Tab indents; Escape first, then Tab, leaves the field, so that the keyboard is never trapped.
  indent(event) {
    if (event.key === "Escape") this.leaving = true;
    else if (event.key === "Tab" && !event.shiftKey && !this.leaving && !this.source.readOnly) {
      event.preventDefault();
      document.execCommand("insertText", false, "  ");
    } else if (event.key !== "Tab" && event.key !== "Shift") this.leaving = false;
  }

  choose() {
    this.form.elements.person.value = this.person.value;
    this.form.dispatchEvent(new Event("input", { bubbles: true }));
  }

  press(button) {
    if (!button) return;
    if (button.dataset.line) this.jump(Number(button.dataset.line));
    if (button.dataset.insert) this.insert(JSON.parse(this.querySelector("#mail-pieces").textContent)[button.dataset.insert]);
    if ("personal" in button.dataset) this.personal(button.dataset.personal && this.querySelector(`#${button.dataset.personal}`));
    if (button.dataset.edit) this.edit(button.dataset.edit);
    if (button.dataset.width) this.resize(button);
    if ("scheme" in button.dataset) {
      this.scheme = this.scheme === "dark" ? "light" : "dark";
      button.setAttribute("aria-pressed", String(this.scheme === "dark"));
      this.show();
    }
  }

  resize(pressed) {
    const part = (name) => name === "text";
    const changed = part(this.dataset.width) !== part(pressed.dataset.width);
    this.dataset.width = pressed.dataset.width;
    for (const button of this.querySelectorAll("[data-width]:is(button)")) button.setAttribute("aria-pressed", String(button === pressed));
    if (changed) this.show();
  }

  jump(line) {
    if (this.code) return this.code.jump(line);
    const before = this.source.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    const end = this.source.value.indexOf("\n", before);
    this.source.focus();
    this.source.setSelectionRange(before, end < 0 ? this.source.value.length : end);
    this.source.scrollTop = Math.max(0, (line - 6) * 20);
  }

  show() {
    const { person, language } = this.form.elements;
    const query = new URLSearchParams({ person: person.value, language: language.value, scheme: this.scheme });
    if (this.dataset.width === "text") query.set("part", "text");
    this.frame.src = `${this.dataset.preview}?${query}`;
  }
}
customElements.define("r-mail-editor", MailEditor);

for (const form of document.querySelectorAll("form[data-close]")) {
  form.addEventListener("htmx:afterRequest", () => form.closest("dialog")?.close());
}
