// The visual editor, in a page of its own within the editor's: it gets the source, and says what it has become.
import { grapesjs, mjml } from "../core/vendor/grapesjs.esm.min.js";
import { branded } from "./brand-colors.js";
import { headOf, read, readPiece, Unreadable, write } from "./mail-document.js";
import { drawStructure, make, Panel } from "./mail-panel.js";
import { addTypes, definition, drawn, fits, homeOf, nameOf, nodeOf } from "./mail-types.js";
import { put } from "./personal-values.js";

const given = JSON.parse(document.querySelector("#given").textContent), { words, brand, names } = given;
const $ = (selector) => document.querySelector(selector);
const say = (message) => parent.postMessage({ from: "visual-mail", ...message }, location.origin);
const CANVAS = `*{box-sizing:border-box} [data-gjs-type=mj-section],[data-gjs-type=mj-column]{min-height:24px}
[data-gjs-type=lock],[data-gjs-type=liquid]::before{content:none;display:block;padding:4px 10px;margin:2px 0;font:12px/1.5 ui-monospace,monospace;text-align:left;color:#3d4450;background:#eef0f4;border-left:3px solid #98a1b0;overflow-wrap:anywhere}
[data-personal-value]{padding:0 6px;border-radius:9px;font-size:.92em;line-height:1.4;color:#23303f;background:#e3e9f2;box-shadow:inset 0 0 0 1px #b9c4d2;white-space:nowrap;cursor:pointer}
[data-gjs-type=lock]::before,[data-gjs-type=liquid]::before{content:attr(data-label)} [data-gjs-type=liquid]{border-left:3px solid #98a1b0}`;

class Visual {
  constructor() {
    addEventListener("message", (event) => {
      if (event.origin !== location.origin || event.source !== parent || event.data?.from !== "mail-editor") return;
      if (event.data.type === "open") this.open(event.data.source, event.data.place);
      if (event.data.type === "value") this.putValue(event.data.source);
      if (event.data.type === "insert") this.insert(event.data.source);
      if (event.data.type === "flush") this.flush();
    });
    addEventListener("blur", () => this.editor && this.tell());
    document.addEventListener("click", (event) => this.press(event.target.closest("[data-do]")));
    document.addEventListener("keydown", (event) => this.key(event));
    this.palette();
    say({ type: "ready" });
  }

  /** `place` is what was chosen and how far one had scrolled, when the page was here before. */
  open(source, place) {
    if (this.source === source) return say({ type: "opened" });
    try {
      this.document = read(source);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      return say({ type: "refused", why: words.refused[error.code].replace("{name}", error.name), line: error.line });
    }
    Object.assign(this, { source, before: place });
    this.editor?.destroy();
    this.start();
  }

  start() {
    const head = headOf(this.document.before), host = $("#canvas");
    host.replaceChildren();
    this.editor = grapesjs.init({
      container: host, height: "100%", width: "auto", fromElement: false, storageManager: false, telemetry: false, noticeOnUnload: false, cssIcons: "",
      panels: { defaults: [] }, layerManager: { custom: true }, traitManager: { custom: true }, styleManager: { custom: true }, blockManager: { custom: true },
      assetManager: { custom: true }, selectorManager: { custom: true }, showToolbar: true, keepUnusedStyles: true,
      deviceManager: { devices: [{ id: "desktop", name: "desktop", width: "" }, { id: "phone", name: "phone", width: "375px" }] },
      richTextEditor: { actions: ["bold", "italic", "underline"] },
      plugins: [mjml],
      pluginsOpts: { [mjml]: { resetBlocks: false, resetStyleManager: false, resetDevices: false, columnsPadding: "", useCustomTheme: false, blocks: [] } },
    });
    const { editor } = this;
    this.types = addTypes(editor, { head, brand, names, kinds: words.kinds, chooseImage: (component) => this.chooseImage(component) });
    this.panel = new Panel($("#properties"), { words, brand, names, given: this.types.given, chooseImage: (component) => this.chooseImage(component), toSource: () => say({ type: "source" }) });
    this.rich();
    editor.on("load", () => this.fill(head));
  }

  fill(head) {
    const { editor } = this, canvas = editor.Canvas.getDocument();
    const css = branded(head.css, brand).replace(/\(\s*prefers-color-scheme\s*:\s*dark\s*\)/g, "not all");
    canvas.head.append(make("style", { textContent: `${CANVAS}\n${css}` }));
    editor.Canvas.getFrameEl().title = words.canvas;
    editor.setComponents([definition(this.document.body)]);
    this.root = editor.getWrapper().components().at(0);
    editor.UndoManager.remove(editor.Css.getAll());
    editor.UndoManager.clear();
    editor.on("mail:changed component:add component:remove", () => this.changed());
    editor.on("undo redo", () => { this.panel.component = null; this.choose(); this.changed(); });
    editor.on("component:selected component:deselected", () => this.choose());
    editor.on("mail:words", () => $("#field-words")?.focus());
    editor.Keymaps.removeAll();
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("input", () => editor.getEditing()?.view.note());
    canvas.addEventListener("scroll", () => this.keepPlace());
    for (const page of [canvas, document]) page.addEventListener("click", (event) => {
      const shown = event.target.closest?.("[contenteditable=true] [data-personal-value]");
      if (shown) this.changeValue(shown);
    }, true);
    for (const page of [canvas, document]) page.addEventListener("paste", (event) => this.paste(event));
    $(".builder-rich").append(editor.RichTextEditor.getToolbarEl());
    canvas.body.style.background = drawn(this.types.given(this.root)["background-color"] ?? "", brand);
    this.back(this.before);
    this.choose();
    say({ type: "opened" });
    document.body.dataset.ready = "";
  }

  /** Once for all that happens in a moment. */
  changed() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.tell(), 150);
  }

  /** What is being written is in the source before anybody goes on with it. */
  async flush() {
    await this.editor?.getEditing()?.view.disableEditing();
    clearTimeout(this.waiting);
    if (this.editor) this.tell();
    say({ type: "flushed", source: this.source });
  }

  tell() {
    if (!$("#properties").contains(document.activeElement)) { this.panel.component = null; this.panel.show(this.chosen); }
    const { before, after } = this.document, source = before + write(nodeOf(this.root), 1) + after;
    this.structure();
    if (source === this.source) return;
    this.source = source;
    say({ type: "changed", source });
  }

  get chosen() { return this.editor?.getSelected(); }

  choose() {
    this.panel.show(this.chosen);
    this.structure();
    this.keepPlace();
    for (const button of document.querySelectorAll("[data-needs]")) button.disabled = !this.chosen || this.chosen === this.root;
  }

  structure() {
    drawStructure($("#structure"), this.root, { words, names, chosen: this.chosen, choose: (component) => this.editor.select(component, { scroll: true }) });
  }

  palette() {
    for (const button of document.querySelectorAll("[data-piece]")) {
      const piece = given.pieces[button.dataset.piece];
      button.draggable = true;
      button.addEventListener("click", () => this.insert(piece));
      button.addEventListener("dragstart", () => {
        const content = readPiece(piece).map((node) => definition(this.fresh(node)));
        this.editor.Blocks.startDrag(this.editor.Blocks.add("dragged", { content: content.length === 1 ? content[0] : content }));
      });
      button.addEventListener("dragend", () => this.editor.Blocks.endDrag());
    }
  }

  /** A part that is put in is indented as what is around it. */
  fresh({ lead, tail, ...node }) {
    return { ...node, children: (node.children ?? []).map((child) => this.fresh(child)) };
  }

  /** Where a part goes: behind the chosen one or what it is in, else to the end of the message. */
  place(name) {
    for (let place = this.chosen; place; place = place.parent()) {
      if (fits(name, homeOf(place))) return [place, place.components().length];
      const home = place.parent();
      if (home && nameOf(home) && fits(name, homeOf(home))) return [home, place.index() + 1];
    }
    return null;
  }

  insert(source) {
    let nodes = readPiece(source).map((node) => this.fresh(node));
    const element = (node) => (node.name.startsWith("mj-") ? node : node.children?.map(element).find(Boolean));
    const kind = nodes.map(element).find(Boolean)?.name ?? "mj-section";
    let target = this.place(kind);
    if (!target && !["mj-section", "mj-wrapper", "mj-hero"].includes(kind)) {
      nodes = readPiece(`<mj-section><mj-column>${source}</mj-column></mj-section>`).map((node) => this.fresh(node));
    }
    target ??= this.place("mj-section") ?? [this.root, this.root.components().length];
    const added = target[0].append(nodes.map(definition), { at: target[1] });
    const last = added.at(-1), leaf = nameOf(last) === "mj-section" ? last.components().at(0)?.components().at(0) ?? last : last;
    this.editor.select(leaf, { scroll: true });
    return leaf;
  }

  move(by) {
    const { chosen } = this, home = chosen?.parent();
    if (!home || chosen === this.root) return;
    const at = chosen.index(), to = at + by;
    if (to < 0 || to >= home.components().length) return;
    chosen.move(home, { at: by > 0 ? to + 1 : to });
    this.editor.select(chosen, { scroll: true });
  }

  press(button) {
    const done = button?.dataset.do, { editor, chosen } = this;
    if (!done || !editor) return;
    if (done === "undo" || done === "redo") editor.UndoManager[done]();
    if (done === "up" || done === "down") this.move(done === "up" ? -1 : 1);
    if (done === "copy" && chosen) editor.select(chosen.parent().append(chosen.clone(), { at: chosen.index() + 1 })[0]);
    if (done === "remove" && chosen && chosen !== this.root) chosen.remove();
    if (done === "desktop" || done === "phone") {
      editor.setDevice(done);
      for (const width of document.querySelectorAll("[data-do=desktop],[data-do=phone]")) width.setAttribute("aria-pressed", String(width === button));
    }
  }

  key(event) {
    if (event.key === "Enter" && event.target.isContentEditable) {
      event.preventDefault();
      event.target.ownerDocument.execCommand("insertLineBreak");
      return;
    }
    const isTyping = event.target.closest?.("input, textarea, select, [contenteditable=true]");
    const command = event.ctrlKey || event.metaKey;
    let done = "";
    if (command && !isTyping && event.key.toLowerCase() === "z") done = event.shiftKey ? "redo" : "undo";
    else if (command && !isTyping && event.key.toLowerCase() === "y") done = "redo";
    else if (event.altKey && event.key === "ArrowUp") done = "up";
    else if (event.altKey && event.key === "ArrowDown") done = "down";
    else if (!isTyping && (event.key === "Delete" || event.key === "Backspace")) done = "remove";
    if (!done) return;
    event.preventDefault();
    this.press({ dataset: { do: done } });
  }

  /** A personal value and a link in the text that is being written. */
  rich() {
    const rich = this.editor.RichTextEditor;
    rich.add("link", { icon: "↗", attributes: { title: words.link }, result: (rte) => {
      const url = prompt(words.address, "https://");
      if (url) rte.exec("createLink", url);
    } });
    rich.add("personal", { icon: words.personal, attributes: { title: words.personal, class: "gjs-rte-action gjs-personal" }, result: () => this.changeValue() });
  }

  /** The page around has the dialog, for both editors. */
  changeValue(instead = null) {
    this.instead = instead;
    say({ type: "personal", code: instead?.dataset.personalValue ?? "" });
  }

  /** Where somebody writes, else behind the text that is chosen, else as a text of its own. */
  putValue(code) {
    const { view } = this.editor.getEditing() ?? {}, box = $("#field-words"), { instead, chosen } = this;
    this.instead = null;
    if (view) {
      put(view.getChildrenContainer(), code, names, instead);
      return view.note();
    }
    if (box?.isContentEditable) {
      put(box, code, names, instead);
      box.dispatchEvent(new Event("input"));
    } else if (chosen?.view?.canEdit?.()) chosen.set("content", `${chosen.get("content").trimEnd()} ${code}`);
    else this.insert(`<mj-text>${code}</mj-text>`);
  }

  /** Text comes without the looks that it had elsewhere. */
  paste(event) {
    if (!event.target.isContentEditable && !event.target.parentElement?.isContentEditable) return;
    event.preventDefault();
    event.target.ownerDocument.execCommand("insertText", false, event.clipboardData.getData("text/plain"));
  }

  keepPlace() {
    const path = [];
    for (let part = this.chosen; part?.parent() && part !== this.root; part = part.parent()) path.unshift(part.index());
    say({ type: "place", place: { path: this.chosen ? path : null, top: this.editor.Canvas.getWindow().scrollY } });
  }

  /** To where somebody was before the page was loaded again. */
  back(place) {
    if (!place) return;
    const part = place.path?.reduce((home, at) => home?.components().at(at), this.root);
    if (part) this.editor.select(part);
    this.editor.Canvas.getWindow().scrollTo(0, place.top);
  }

  chooseImage(component) {
    const dialog = $("#images"), alt = dialog.querySelector("#image-alt");
    const pick = (image) => { this.picked = image; alt.value = image.alt; };
    const list = dialog.querySelector("#image-list");
    list.replaceChildren(...given.images.map((image, at) => make("label", { className: "image-choice" },
      make("input", { type: "radio", name: "image", required: true, value: at, onchange: () => pick(image) }), make("img", { src: image.small, alt: image.alt, loading: "lazy" }))));
    alt.value = component.get("mj").alt ?? "";
    dialog.returnValue = "";
    dialog.onclose = () => {
      if (dialog.returnValue !== "use" || !this.picked) return;
      component.set("mj", { ...component.get("mj"), src: this.picked.url, alt: alt.value.trim().replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;") });
      this.panel.component = null;
      this.panel.show(component);
    };
    dialog.showModal();
  }
}

new Visual();
