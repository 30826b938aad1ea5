// The visual editor of a journey: <r-flow>. Every change is sent with the revision it was made on and saves the draft; the
// server answers with the flow drawn anew. Undo sends an earlier draft.
import { post } from "../core/js/requests.js";
import { FlowJson } from "./flow-json.js";
import { FlowMenu } from "./flow-menu.js";
import { FlowSheet } from "./flow-sheet.js";

const MOST_UNDO = 100;
// What was copied, for other journeys too, also where the browser gives no clipboard (pages without TLS).
const COPIED = "rapport.journey-steps";
const isTyping = (element) => element.closest?.("input, textarea, select, [contenteditable], .source-code");

export class Flow extends HTMLElement {
  connectedCallback() {
    Object.assign(this, { revision: this.dataset.revision, past: [], future: [], queue: Promise.resolve(), words: JSON.parse(this.dataset.words) });
    this.definition = JSON.parse(this.querySelector("script[type='application/json']").textContent);
    this.sheet = new FlowSheet(this, this.querySelector(".flow-sheet"));
    this.menu = new FlowMenu(this, this.querySelector("#flow-add"));
    this.json = new FlowJson(this, this.querySelector(".flow-json"));
    this.addEventListener("click", (event) => this.press(event));
    this.addEventListener("keydown", (event) => this.key(event));
    for (const name of ["dragstart", "dragover", "dragleave", "drop", "dragend"]) this.addEventListener(name, (event) => this.drag(event));
    for (const name of ["copy", "cut", "paste"]) document.addEventListener(name, (event) => this.clip(event));
    addEventListener("beforeunload", (event) => (this.pending || this.sheet.isDirty) && event.preventDefault());
    this.enable();
    const drawing = this.querySelector(".flow-drawing");
    drawing.scrollLeft = (drawing.scrollWidth - drawing.clientWidth) / 2;
    this.dataset.ready = "";
  }

  get clipboard() { return localStorage.getItem(COPIED) ?? ""; }
  get cards() { return [...this.querySelectorAll(".flow-drawing .flow-card")]; }
  get pluses() { return [...this.querySelectorAll(".flow-plus")]; }
  card(part) { return this.querySelector(`.flow-card[data-part="${CSS.escape(part)}"]`); }
  get chosen() { return document.activeElement?.closest?.(".flow-card")?.dataset.part || this.sheet.part || ""; }
  tell(text, level = "info") { document.dispatchEvent(new CustomEvent("toast", { detail: { text, level } })); }
  say(text) { this.querySelector(".flow-state").textContent = text; }

  /** Sends changes one after the other, each on the revision that the one before made. */
  send(op, data = {}, options = {}) {
    this.queue = this.queue.then(() => this.sendNow(op, data, options));
    return this.queue;
  }

  async sendNow(op, data, { isUndo = false, draws = true, tells = true } = {}) {
    if (this.isStale) return null;
    this.pending = true;
    this.say(this.words.saving);
    const body = data instanceof FormData ? data : new FormData();
    if (!(data instanceof FormData)) for (const [name, value] of Object.entries(data)) body.set(name, value);
    body.set("op", op);
    body.set("revision", this.revision);
    const answer = await post(this.dataset.draft, body);
    this.pending = false;
    const given = await answer.json().catch(() => ({}));
    if (given.revision) return this.take(given, isUndo, draws);
    if (given.is_stale) this.conflict(given.words);
    else if (tells) this.tell(given.words ?? this.words.failed, "error");
    this.say(given.words && !given.is_stale ? given.words : this.words.unsaved);
    return { failed: true, words: given.words ?? this.words.failed };
  }

  take(given, isUndo, draws) {
    const focus = document.activeElement?.closest?.("[data-part], [data-after]");
    const where = focus && this.contains(focus) ? { ...focus.dataset } : null;
    if (!isUndo && given.definition !== this.definition) {
      this.past = [...this.past, this.definition].slice(-MOST_UNDO);
      this.future = [];
    }
    Object.assign(this, { revision: given.revision, definition: given.definition });
    this.querySelector(".flow-drawing").innerHTML = given.flow;
    this.enable();
    this.say(this.words.saved);
    const publish = document.querySelector("[data-publish]");
    if (publish) publish.hidden = !given.is_changed;
    document.dispatchEvent(new CustomEvent("flow-changed", { detail: given }));
    if (where && !this.sheet.element.contains(document.activeElement)) this.refocus(where);
    if (given.part != null && draws) this.sheet.show(given.part, given.sheet);
    else if (given.part != null && given.part === this.sheet.part) this.sheet.mark(given.sheet);
    else if (this.sheet.part && !this.card(this.sheet.part)) this.sheet.close(false);
    this.choose(this.sheet.part);
    return given;
  }

  refocus({ part, after, branch }) {
    const card = part !== undefined && this.card(part);
    const plus = after !== undefined && this.querySelector(`.flow-plus[data-after="${CSS.escape(after)}"][data-branch="${CSS.escape(branch)}"]`);
    (card || plus || this.cards.at(-1))?.focus({ preventScroll: Boolean(card || plus) });
  }

  /** Somebody else, or another tab, has saved: nothing is overwritten; what is written here stays to be copied. */
  conflict(words) {
    this.isStale = true;
    const notice = this.querySelector(".flow-conflict");
    notice.hidden = false;
    notice.querySelector("[data-words]").textContent = words;
    notice.querySelector("a, button").focus();
  }

  enable() {
    for (const [name, list] of [["undo", this.past], ["redo", this.future]]) this.querySelector(`[data-do="${name}"]`).disabled = !list.length;
    this.dataset.steps = this.cards.length - 1;
  }

  choose(part) {
    for (const card of this.cards) {
      if (part !== null && card.dataset.part === part) card.setAttribute("aria-current", "true");
      else card.removeAttribute("aria-current");
    }
  }

  async back(from, to) {
    if (!this[from].length) return;
    await this.sheet.flush();
    const text = this[from].at(-1), now = this.definition;
    const done = await this.send("replace", { text, ...(this.sheet.part === null ? {} : { part: this.sheet.part }) }, { isUndo: true });
    if (!done || done.failed) return;
    this[from] = this[from].slice(0, -1);
    this[to] = [...this[to], now];
    this.enable();
  }

  press(event) {
    const card = event.target.closest(".flow-card[data-part]"), plus = event.target.closest(".flow-plus"), jump = event.target.closest("[data-jump]");
    const done = event.target.closest("[data-do]")?.dataset.do;
    if (jump) { event.preventDefault(); this.card(jump.dataset.jump)?.focus(); }
    else if (card) this.sheet.open(card.dataset.part);
    else if (plus && this.picked) this.drop(plus);
    else if (plus) this.menu.open(plus);
    else if (done) this.act(done);
  }

  act(done) {
    const step = this.chosen;
    if (done === "undo") this.back("past", "future");
    else if (done === "redo") this.back("future", "past");
    else if (done === "json") this.json.toggle();
    else if (!step) return;
    else if (done === "pick") this.pick(step);
    else if (done === "copy") this.copy(step);
    else if (done === "delete" || done === "delete-all") this.remove(step, done === "delete-all");
  }

  async remove(step, all) {
    const at = this.cards.indexOf(this.card(step));
    this.sheet.close(false);
    await this.send("delete", { step, ...(all ? { with_branches: "1" } : {}) });
    (this.cards[at] ?? this.cards.at(-1))?.focus();
  }

  async copy(step) {
    const answer = await fetch(`${this.dataset.file}?step=${encodeURIComponent(step)}`).catch(() => Response.error());
    if (!answer.ok) return this.tell(this.words.failed, "error");
    const text = await answer.text();
    localStorage.setItem(COPIED, text);
    await navigator.clipboard?.writeText(text).catch(() => {});
    return this.tell(this.words.copied, "success");
  }

  /** Moving by keyboard: M picks a step up, the places are walked with Tab or the arrows, Enter puts it down, Esc does not. */
  pick(step) {
    this.picked = step;
    this.dataset.picking = "";
    const block = this.card(step)?.closest(".flow-item");
    for (const plus of this.pluses) {
      plus.disabled = Boolean(block?.contains(plus));
      plus.setAttribute("aria-label", this.words.here);
    }
    this.pluses.find((plus) => !plus.disabled)?.focus();
    this.say(this.words.picking);
  }

  unpick() {
    const step = this.picked;
    this.picked = null;
    delete this.dataset.picking;
    for (const plus of this.pluses) { plus.disabled = false; plus.setAttribute("aria-label", plus.title); }
    this.say("");
    return step;
  }

  drop(plus) {
    const step = this.unpick();
    return this.place(step, plus);
  }

  async place(step, plus) {
    const { after, branch } = plus.dataset;
    await this.send("move", { step, after, branch });
    this.card(step)?.focus();
  }

  /** One place up or down, as they are drawn. */
  shift(step, by) {
    const card = this.card(step), block = card?.closest(".flow-item");
    const before = this.pluses.filter((plus) => plus.compareDocumentPosition(card) & Node.DOCUMENT_POSITION_FOLLOWING);
    const after = this.pluses.filter((plus) => !block.contains(plus) && card.compareDocumentPosition(plus) & Node.DOCUMENT_POSITION_FOLLOWING);
    const plus = by < 0 ? before.at(-2) : after[1];
    if (plus) this.place(step, plus);
  }

  key(event) {
    if (event.defaultPrevented || isTyping(event.target) || event.target.closest(".menu")) return;
    const control = event.ctrlKey || event.metaKey, letter = event.key.toLowerCase();
    const part = event.target.closest(".flow-card")?.dataset.part;
    if (control && letter === "z") this.act(event.shiftKey ? "redo" : "undo");
    else if (control && letter === "y") this.act("redo");
    else if (control) return;
    else if (event.key === "Escape" && this.picked) this.card(this.unpick())?.focus();
    else if (event.key === "Escape" && !this.sheet.element.hidden) this.sheet.close();
    else if (event.altKey && part && ["ArrowUp", "ArrowDown"].includes(event.key)) this.shift(part, event.key === "ArrowUp" ? -1 : 1);
    else if (event.altKey) return;
    else if (["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"].includes(event.key)) { if (!this.walk(event)) return; }
    else if (part && ["Delete", "Backspace"].includes(event.key)) this.remove(part, false);
    else if (part && letter === "m") this.pick(part);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** The arrows go from card to card, or from place to place; left and right between ways. */
  walk(event) {
    const now = event.target.closest(".flow-card, .flow-plus");
    if (!now) return false;
    const isPlus = now.matches(".flow-plus"), list = isPlus ? this.pluses.filter((plus) => !plus.disabled) : this.cards;
    if (["ArrowLeft", "ArrowRight"].includes(event.key)) {
      const way = now.closest(".flow-way");
      const beside = event.key === "ArrowLeft" ? way?.previousElementSibling : way?.nextElementSibling;
      beside?.querySelector(isPlus ? ".flow-plus:enabled" : ".flow-card, .flow-plus")?.focus();
      return Boolean(beside);
    }
    list[list.indexOf(now) + (event.key === "ArrowUp" ? -1 : 1)]?.focus();
    return true;
  }

  drag(event) {
    const plus = event.target.closest?.(".flow-plus"), card = event.target.closest?.(".flow-card[data-part]");
    if (event.type === "dragstart" && card?.dataset.part) {
      event.dataTransfer.setData("text/plain", card.dataset.part);
      event.dataTransfer.effectAllowed = "move";
      this.dragged = card.dataset.part;
      this.dataset.dragging = "";
    } else if (event.type === "dragover" && plus && this.dragged) {
      event.preventDefault();
      plus.dataset.over = "";
    } else if (event.type === "dragleave" && plus) delete plus.dataset.over;
    else if (event.type === "drop" && plus && this.dragged) {
      event.preventDefault();
      this.place(this.dragged, plus);
    }
    if (["drop", "dragend"].includes(event.type)) {
      this.dragged = null;
      delete this.dataset.dragging;
    }
  }

  clip(event) {
    if (isTyping(event.target) || !this.contains(document.activeElement) || String(getSelection())) return;
    const step = document.activeElement.closest(".flow-card")?.dataset.part, plus = document.activeElement.closest(".flow-plus");
    if (event.type === "paste") {
      const place = plus ?? (step ? this.after(step) : this.pluses[0]);
      if (place) this.paste(event.clipboardData.getData("text/plain"), place);
    } else if (step) this.copy(step).then(() => event.type === "cut" && this.remove(step, true));
    else return;
    event.preventDefault();
  }

  /** The place right after a step. */
  after(step) {
    const places = this.pluses.filter((plus) => plus.dataset.after === step);
    return places.find((plus) => plus.dataset.branch === "*") ?? places[0];
  }

  /** What another program put into the clipboard since is no step: then what was copied here. */
  paste(given, plus) {
    const text = given?.includes("journey-steps") ? given : this.clipboard;
    return this.send("paste", { text, after: plus.dataset.after, branch: plus.dataset.branch });
  }
}

customElements.define("r-flow", Flow);
