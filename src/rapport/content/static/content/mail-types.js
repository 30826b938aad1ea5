// The components of a mail in GrapesJS. Their attributes are kept as `mj`, as they are written, apart from GrapesJS's own; what they are
// drawn with is that and what the head of the message gives.
import { branded } from "./brand-colors.js";
import { CONTAINERS, fromBrowser, isSafeToEdit } from "./mail-document.js";
import { plain, show } from "./personal-values.js";

const DRAWN = ["mj-body", "mj-wrapper", "mj-section", "mj-group", "mj-column", "mj-hero", "mj-text", "mj-button", "mj-image"];
const LEAF = "mj-leaf";
const INSIDE = {
  "mj-wrapper": ["mj-body"], "mj-section": ["mj-body", "mj-wrapper"], "mj-hero": ["mj-body", "mj-wrapper"],
  "mj-group": ["mj-section"], "mj-column": ["mj-section", "mj-group"],
};
const NO_IMAGE = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='600' height='240'%3E%3Crect width='600' height='240' fill='%23e4e7ec'/%3E%3C/svg%3E";
// MJML would fetch these from elsewhere.
const OWN_ICONS = {
  "mj-accordion": { "icon-wrapped-url": NO_IMAGE, "icon-unwrapped-url": NO_IMAGE }, "mj-carousel": { "left-icon": NO_IMAGE, "right-icon": NO_IMAGE },
};
// A picture whose address is only there when the message is sent.
const LATER = /\ssrc=(?:"[^"]*\{[{%][\s\S]*?[%}]\}[^"]*"|'[^']*\{[{%][\s\S]*?[%}]\}[^']*')/g;
const LIQUID = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g;

export const nameOf = (component) => component.get("source-name");
/** What a component stands in: conditions and loops count as what is around them. */
export const homeOf = (component) => {
  let parent = component;
  while (parent && nameOf(parent) === "liquid") parent = parent.parent();
  return parent && nameOf(parent);
};
export const fits = (name, home) => (INSIDE[name] ?? ["mj-column", "mj-hero"]).includes(home);

/** The tree as GrapesJS takes it. */
export function definition({ children, ...node }) {
  const type = DRAWN.includes(node.name) || node.name === "lock" || node.name === "liquid" ? node.name : LEAF;
  return {
    type, "source-name": node.name, ...(DRAWN.includes(type) ? { tagName: type } : {}), node, mj: { ...node.mj }, content: node.body ?? "",
    ...(type === "lock" || type === "liquid" ? { attributes: { "data-label": labelOf(node.source ?? node.open) } } : {}),
    components: (children ?? []).map(definition),
  };
}

export const labelOf = (source) => {
  const block = /^\{\{-?\s*blocks\.([\w-]+)/.exec(source);
  return block ? `▣ ${block[1]}` : source.replace(/\s+/g, " ").slice(0, 90);
};

/** A component, with what is in it, as a node of the document. */
export function nodeOf(component) {
  const node = component.get("node") ?? { name: nameOf(component) };
  if (node.name === "lock") return { ...node, children: [] };
  const body = component.view?.typed ?? component.get("content") ?? "";
  return { ...node, now: component.get("mj"), body, children: component.components().map(nodeOf) };
}

/** Colours of the brand as they are now, other Liquid as something that MJML takes. */
export const drawn = (value, brand) =>
  branded(value, brand).replace(LIQUID, "").replace(/"/g, "&quot;");

export function addTypes(editor, { head, brand, names, kinds, chooseImage }) {
  const given = (component) => {
    const name = nameOf(component), own = component.get("mj") ?? {};
    const classes = (own["mj-class"] ?? head.given[name]?.["mj-class"] ?? "").split(/\s+/).map((style) => head.given[`.${style}`] ?? {});
    return Object.assign({}, head.given["mj-all"], head.given[name], ...classes, own);
  };
  const attributes = (component) => {
    const values = Object.entries(given(component)).filter(([name]) => !/^(class|style|id|mj-class)$/.test(name));
    const shown = Object.fromEntries(values.map(([name, value]) => [name, drawn(value, brand)]));
    return nameOf(component) === "mj-image" ? { ...shown, src: shown.src || NO_IMAGE } : shown;
  };
  const model = {
    init() { this.on("change:mj change:content", () => editor.trigger("mail:changed")); },
    getName() { return kinds[nameOf(this)] ?? nameOf(this); },
    handleStyleChange() {},
    handleAttributeChange() {},
    getMjmlAttributes() { return attributes(this); },
  };
  const mayBe = {
    draggable: (source, target) => fits(nameOf(source), homeOf(target)),
    droppable: (source, target) => nameOf(source) !== "lock" && fits(nameOf(source), homeOf(target)),
  };
  const listening = { init() { this.listenTo(this.model, "change:mj", this.rerender); } };
  const defaults = { "style-default": {}, style: {}, attributes: {}, mj: {}, traits: [], stylable: false, resizable: false, ...mayBe };
  for (const type of DRAWN) {
    const isText = type === "mj-text" || type === "mj-button";
    editor.Components.addType(type, {
      extendFnView: ["init"],
      model: { ...model, defaults: { ...defaults, droppable: CONTAINERS.has(type) && defaults.droppable, name: type, editable: isText } },
      view: isText ? { ...listening, ...writing(editor, brand, names) } : type === "mj-image" ? { ...listening, onActive() { chooseImage(this.model); } } : listening,
    });
  }
  const leafView = {
    ...listening,
    getInnerMjmlTemplate() {
      const name = nameOf(this.model), values = { ...OWN_ICONS[name], ...attributes(this.model) };
      const written = Object.entries(values).map(([key, value]) => ` ${key}="${value}"`).join("");
      const body = drawn(this.model.get("content"), brand).replaceAll("&quot;", '"');
      return { start: `<${name}${written}>${body.replace(/<mj-social-element(?![^>]*\ssrc=)/g, `$& src="${NO_IMAGE}"`)}`, end: `</${name}>` };
    },
    updateContent() {},
    renderChildren() {},
  };
  editor.Components.addType(LEAF, {
    extend: "mj-spacer", extendFnView: ["init"],
    model: { ...model, defaults: { ...defaults, droppable: false } }, view: leafView,
  });
  const fixed = { ...defaults, draggable: false, copyable: false };
  editor.Components.addType("lock", { model: { defaults: { ...fixed, droppable: false, name: "lock" } }, view: { updateContent() {} } });
  editor.Components.addType("liquid", { model: { defaults: { ...fixed, droppable: defaults.droppable, name: "liquid" } } });
  return { given };
}

/** How text is written in its place. What a browser would change by showing it is written in its own field only. */
function writing(editor, brand, names) {
  return {
    /** Whether it is drawn as it is written: no picture of later, no colour of the brand in a style. */
    isPlain() {
      const content = this.model.get("content");
      return content.search(LATER) < 0 && !/=(?:"[^"]*|'[^']*)\{\{-?\s*brand\./.test(content) && !/brand\.(mark|footer_line)/.test(content);
    },
    canEdit() {
      if (!this.isPlain()) return false;
      const probe = document.implementation.createHTMLDocument("").createElement("div");
      probe.innerHTML = this.model.get("content");
      return isSafeToEdit(this.model.get("content"), probe.innerHTML);
    },
    updateContent() {
      const content = this.model.get("content");
      const host = this.getChildrenContainer();
      host.innerHTML = this.isPlain() ? content : branded(content, brand).replace(LATER, "");
      show(host, names);
    },
    async getContent() {
      return plain(this.getChildrenContainer());
    },
    async onActive(event) {
      if (this.rteEnabled) return;
      if (!this.canEdit()) return editor.trigger("mail:words", this.model);
      event?.stopPropagation?.();
      this.getChildrenContainer().style.pointerEvents = "all";
      this.shown = await this.getContent();
      this.activeRte = await this.em.RichTextEditor.enable(this, this.activeRte, { event });
      this.toggleEvents(1);
    },
    /** The text as it is now, while it is being written. */
    note() {
      const now = plain(this.getChildrenContainer());
      this.typed = now === this.shown ? undefined : fromBrowser(now);
      editor.trigger("mail:changed");
    },
    async syncContent() {
      const now = await this.getContent();
      this.typed = undefined;
      show(this.getChildrenContainer(), names);
      if (now === this.shown) return;
      this.shown = now;
      this.model.set("content", fromBrowser(now), { fromDisable: 1 });
    },
    updateContentText(_model, _value, options = {}) {
      if (!options.fromDisable) this.rerender();
    },
  };
}
