// Personal values of a message: Liquid in its source, words on a chip where somebody writes.
const VALUE = /^\{\{-?\s*([\w.-]+)\s*(?:\|\s*default:\s*(?:"([^"]*)"|'([^']*)')\s*)?-?\}\}$/;
const OUTPUT = /(\{\{[\s\S]*?\}\})/;

/** {name, missing} of a value with at most a text for whoever has none; null of anything else. */
export function parse(code) {
  const match = VALUE.exec(code);
  return match && { name: match[1], missing: match[2] ?? match[3] ?? "" };
}

export function write(name, missing) {
  const text = missing.trim().replace(/[<>{}\\]/g, ""), quote = text.includes('"') ? "'" : '"';
  return text ? `{{ ${name} | default: ${quote}${quote === "'" ? text.replaceAll("'", "’") : text}${quote} }}` : `{{ ${name} }}`;
}

/** What it is called; what is computed from it has dots behind. */
export function labelOf(code, names) {
  const name = /^\{\{-?\s*([\w.-]+)/.exec(code)?.[1] ?? "";
  return `${names[name] ?? (name.replace(/^person\./, "").replace(/[._]/g, " ") || "…")}${parse(code) ? "" : " …"}`;
}

export function chip(page, code, names) {
  const span = page.createElement("span");
  Object.assign(span, { textContent: labelOf(code, names), title: code, contentEditable: "false" });
  span.dataset.personalValue = code;
  return span;
}

/** Draws every value that stands in the text of an element. */
export function show(root, names) {
  const page = root.ownerDocument, walker = page.createTreeWalker(root, NodeFilter.SHOW_TEXT), texts = [];
  while (walker.nextNode()) {
    const { currentNode: text } = walker;
    if (OUTPUT.test(text.data) && !text.parentElement.closest("[data-personal-value]")) texts.push(text);
  }
  for (const text of texts) text.replaceWith(...text.data.split(OUTPUT).filter(Boolean).map((part) => (OUTPUT.test(part) ? chip(page, part, names) : part)));
}

/** The HTML of an element with its values as they are in the source. */
export function plain(root) {
  const copy = root.cloneNode(true);
  for (const shown of copy.querySelectorAll("[data-personal-value]")) {
    const { previousSibling: before, nextSibling: after } = shown;
    // A blank that is typed beside a chip is one that does not break.
    if (before?.nodeType === Node.TEXT_NODE) before.data = before.data.replace(/(?<=\S)\u00a0$/, " ");
    if (after?.nodeType === Node.TEXT_NODE) after.data = after.data.replace(/^\u00a0(?=\S|$)/, " ");
    shown.replaceWith(shown.dataset.personalValue);
  }
  return copy.innerHTML;
}

/** Puts a value where the cursor is in an element, else at its end; `instead` is the chip whose place it takes. */
export function put(root, code, names, instead) {
  const page = root.ownerDocument, value = chip(page, code, names), chosen = page.getSelection();
  const isHere = chosen.rangeCount && root.contains(chosen.getRangeAt(0).commonAncestorContainer);
  const range = isHere && !instead ? chosen.getRangeAt(0) : page.createRange();
  if (instead?.isConnected) range.selectNode(instead);
  else if (!isHere) { range.selectNodeContents(root); range.collapse(false); }
  range.deleteContents();
  range.insertNode(value);
  range.setStartAfter(value);
  range.collapse(true);
  chosen.removeAllRanges();
  chosen.addRange(range);
  root.focus({ preventScroll: true });
}

/** The dialog of the page: `given` is the code that is changed, `then` hears what was chosen. */
export function ask(given, then) {
  const dialog = document.querySelector("#personal-value"), name = dialog.querySelector("#personal-name"), missing = dialog.querySelector("#personal-missing");
  const now = given && parse(given);
  name.querySelector("[data-other]")?.remove();
  if (now && ![...name.options].some((option) => option.value === now.name)) {
    const other = new Option(now.name, now.name);
    other.dataset.other = "";
    name.prepend(other);
  }
  name.value = now?.name ?? name.querySelector("optgroup option")?.value;
  missing.value = now?.missing ?? "";
  dialog.returnValue = "";
  dialog.onclose = () => dialog.returnValue === "use" && then(write(name.value, missing.value));
  dialog.showModal();
}
