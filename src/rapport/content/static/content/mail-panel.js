// What stands around the message in the visual editor: what can be added, how it is built, and what the chosen part is like.
import { fromBrowser } from "./mail-document.js";
import { drawn, labelOf, nameOf } from "./mail-types.js";
import { labelOf as valueOf, plain, show } from "./personal-values.js";

const LOOK = ["color", "background-color"], SPACE = ["padding"], TEXT = ["font-size", "align"];
const FIELDS = {
  "mj-body": ["background-color", "width"],
  "mj-wrapper": ["background-color", "padding", "border-radius"], "mj-section": ["background-color", "padding", "border-radius"],
  "mj-hero": ["background-color", "background-url", "padding"], "mj-column": ["background-color", "width", "padding", "vertical-align"],
  "mj-text": ["color", "container-background-color", ...TEXT, "line-height", ...SPACE],
  "mj-button": ["href", ...LOOK, ...TEXT, "border-radius", "inner-padding", ...SPACE],
  "mj-image": ["src", "alt", "href", "width", "align", "border-radius", ...SPACE],
  "mj-divider": ["border-color", "border-width", ...SPACE], "mj-spacer": ["height"], "mj-social": ["mode", "align", ...SPACE],
};
const CHOICES = { align: ["left", "center", "right"], "vertical-align": ["top", "middle", "bottom"], mode: ["horizontal", "vertical"] };
const isColor = (name) => name.endsWith("color");
const WORDS = ["mj-text", "mj-button"];

export const make = (tag, options = {}, ...children) => {
  const { dataset, ...rest } = options, element = Object.assign(document.createElement(tag), rest);
  for (const [name, value] of Object.entries(dataset ?? {})) element.dataset[name] = value;
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
};

const unescape = (value) => value.replace(/&quot;/g, '"').replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
/** As an attribute holds it: Liquid stays as it is typed. */
const escape = (value) => value.split(/(\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\})/).map((text, at) =>
  at % 2 ? text : text.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;").replace(/>/g, "&gt;")).join("");

export class Panel {
  constructor(host, { words, brand, names, given, chooseImage, toSource }) {
    Object.assign(this, { host, words, brand, names, given, chooseImage, toSource });
  }

  show(component) {
    if (component && this.component === component && this.host.contains(document.activeElement)) return;
    this.component = component;
    if (!component) return this.host.replaceChildren(make("p", { className: "muted small", textContent: this.words.nothing }));
    const name = nameOf(component);
    const title = make("h2", { textContent: this.words.kinds[name] ?? name });
    if (name === "lock" || name === "liquid") return this.host.replaceChildren(title, ...this.locked(component));
    const fields = (FIELDS[name] ?? ["align", ...SPACE]).map((field) => this.field(component, field));
    const words = WORDS.includes(name) ? [this.text(component)] : [];
    this.host.replaceChildren(title, ...words, ...fields);
  }

  locked(component) {
    const code = make("pre", { className: "builder-code", textContent: component.get("node").source ?? component.get("node").open, tabIndex: 0 });
    const button = make("button", { type: "button", className: "btn btn-small", textContent: this.words.toSource, onclick: () => this.toSource() });
    return [make("p", { className: "muted small", textContent: this.words.locked }), code, button];
  }

  /** As it reads, with its values as chips; what a browser would change by showing it, as it is written. */
  text(component) {
    if (!component.view?.canEdit()) return this.code(component);
    const box = make("div", { className: "input builder-words", id: "field-words", contentEditable: "true", role: "textbox", innerHTML: component.get("content").trim() });
    show(box, this.names);
    box.setAttribute("aria-multiline", "true");
    box.setAttribute("aria-labelledby", "label-words");
    box.addEventListener("input", () => component.set("content", fromBrowser(plain(box))));
    return make("div", { className: "field" }, make("label", { id: "label-words", textContent: this.words.content }), box);
  }

  code(component) {
    const area = make("textarea", { className: "input code", rows: 6, id: "field-words", value: component.get("content").trim(), spellcheck: false });
    area.addEventListener("input", () => component.set("content", area.value));
    return make("div", { className: "field" }, make("label", { htmlFor: "field-words", textContent: this.words.content }), area);
  }

  set(component, name, value) {
    const mj = { ...component.get("mj") };
    if (value === "" && name !== "alt") delete mj[name];
    else mj[name] = escape(value);
    component.set("mj", mj);
  }

  field(component, name) {
    const id = `field-${name}`, now = component.get("mj")[name], value = now === undefined ? "" : unescape(now);
    const label = make("label", { htmlFor: id, textContent: this.words.fields[name] ?? name });
    const input = CHOICES[name] ? this.choice(name, value) : make("input", { className: "input", value, placeholder: unescape(this.given(component)[name] ?? "") });
    input.id = id;
    input.addEventListener("change", () => { this.set(component, name, input.value); this.check(name, input); });
    const row = make("div", { className: "field" }, label, input);
    if (isColor(name)) row.append(this.colors(component, name, input));
    if (name === "src") row.append(make("button", { type: "button", className: "btn btn-small", textContent: this.words.choose, onclick: () => this.chooseImage(component) }));
    if (name === "alt") this.check(name, input, row);
    return row;
  }

  choice(name, value) {
    const select = make("select", { className: "input" }, make("option", { value: "", textContent: "–" }));
    for (const choice of CHOICES[name]) select.append(make("option", { value: choice, textContent: this.words.choices[choice] ?? choice }));
    if (value && !CHOICES[name].includes(value)) select.append(make("option", { value, textContent: value }));
    select.value = value;
    return select;
  }

  /** An image without a description is read to nobody. */
  check(name, input, row = input.parentElement) {
    if (name !== "alt") return;
    row.querySelector(".field-error")?.remove();
    input.setAttribute("aria-invalid", String(!input.value.trim()));
    if (!input.value.trim()) row.append(make("p", { className: "field-error", id: "alt-error", textContent: this.words.alt }));
    input.setAttribute("aria-describedby", input.value.trim() ? "" : "alt-error");
  }

  colors(component, name, input) {
    const set = (value) => { input.value = value; this.set(component, name, value); };
    const current = drawn(input.value || this.given(component)[name] || "#ffffff", this.brand);
    const any = make("input", { type: "color", ariaLabel: this.words.any, value: /^#[0-9a-f]{6}$/i.test(current) ? current : "#ffffff", onchange: () => set(any.value) });
    const ofBrand = ["primary", "text", "background", "surface"].map((color) => {
      const button = make("button", { type: "button", className: "swatch", title: `${this.words.brand}: ${this.words.colors[color]}`, onclick: () => set(`{{ brand.${color} }}`) });
      button.append(make("span", { className: "sr", textContent: button.title }));
      button.style.background = this.brand[color];
      return button;
    });
    return make("div", { className: "swatches" }, any, ...ofBrand);
  }
}

/** The parts of the message as a list of buttons: the way to each of them by keyboard. */
export function drawStructure(host, root, { words, names, chosen, choose }) {
  const focused = host.contains(document.activeElement);
  const list = (component) => make("ul", {}, ...component.components().map((child) => {
    const name = nameOf(child), text = (child.get("content") ?? "").replace(/\{\{[\s\S]*?\}\}/g, (code) => valueOf(code, names)).replace(/<[^>]*>|&nbsp;/g, " ").replace(/\s+/g, " ").trim().slice(0, 40);
    const label = name === "lock" || name === "liquid" ? labelOf(child.get("node").source ?? child.get("node").open) : words.kinds[name] ?? name;
    const button = make("button", { type: "button", onclick: () => choose(child) }, make("span", { textContent: label }), text ? make("span", { className: "subtle", textContent: text }) : null);
    button.setAttribute("aria-pressed", String(child === chosen));
    return make("li", {}, button, child.components().length ? list(child) : null);
  }));
  host.replaceChildren(list(root));
  const now = host.querySelector("[aria-pressed=true]");
  // Only this list moves: scrolling into view would move the page around the editor as well, under the pointer.
  const side = host.closest(".builder-side");
  if (now && side) {
    const seen = side.getBoundingClientRect(), at = now.getBoundingClientRect();
    side.scrollTop += Math.min(0, at.top - seen.top) || Math.max(0, at.bottom - seen.bottom);
  }
  if (focused) now?.focus({ preventScroll: true });
}
