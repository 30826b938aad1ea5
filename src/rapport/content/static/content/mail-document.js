// The source of a mail as a tree that gives the same source back: every character belongs to one node, and a node that nobody
// changed is written as it was. What cannot be shown as a component (Liquid, comments, mj-raw, unknown tags) is a locked node.

export const CONTAINERS = new Set(["mj-body", "mj-wrapper", "mj-section", "mj-column", "mj-group", "mj-hero"]);
const ENDS = { if: "endif", unless: "endunless", for: "endfor", case: "endcase", tablerow: "endtablerow", ifchanged: "endifchanged" };
const VERBATIM = ["raw", "comment", "doc"];
const LIQUID = "\\{\\{[\\s\\S]*?\\}\\}|\\{%[\\s\\S]*?%\\}";
const VALUE = `"(?:${LIQUID}|[^"])*"|'(?:${LIQUID}|[^'])*'`;
const TAG = new RegExp(`<(/?)([A-Za-z][\\w:-]*)((?:${LIQUID}|${VALUE}|[^<>"'])*?)(/?)>`, "y");
const ATTRIBUTE = new RegExp(`(\\s*)(${LIQUID}|([^\\s=/"'<>{]+)(?:\\s*=\\s*(${VALUE}))?)`, "g");

/** Why a message cannot be edited visually, with the line where that is. */
export class Unreadable extends Error {
  constructor(code, line, name = "") {
    super(code);
    Object.assign(this, { code, line, name });
  }
}

/** What stands at a place of the source: a piece of Liquid, a comment, a tag, or text up to the next of these. */
function pieceAt(source, at) {
  const rest = (end) => source.slice(at, end);
  if (source.startsWith("{{", at) || source.startsWith("{%", at)) {
    const end = source.indexOf(source[at + 1] === "{" ? "}}" : "%}", at + 2);
    if (end < 0) return { kind: "text", source: source.slice(at, at + 2) };
    const word = /^\{%-?\s*(\w+)/.exec(rest(end + 2))?.[1] ?? "";
    if (!VERBATIM.includes(word)) return { kind: "liquid", word, source: rest(end + 2) };
    const close = new RegExp(`\\{%-?\\s*end${word}\\s*-?%\\}`, "g");
    close.lastIndex = end;
    return close.exec(source) ? { kind: "liquid", word: "", source: rest(close.lastIndex) } : { kind: "text", source: rest(end + 2) };
  }
  if (source.startsWith("<!--", at)) {
    const end = source.indexOf("-->", at);
    return { kind: "comment", source: end < 0 ? source.slice(at) : rest(end + 3) };
  }
  TAG.lastIndex = at;
  const tag = TAG.exec(source);
  if (tag) return { kind: "tag", close: !!tag[1], name: tag[2], attributes: tag[3], empty: !!tag[4], source: tag[0] };
  const next = source.slice(at + 1).search(/[<{]/);
  return { kind: "text", source: next < 0 ? source.slice(at) : rest(at + 1 + next) };
}

export function* pieces(source, at = 0) {
  while (at < source.length) {
    const piece = { ...pieceAt(source, at), at };
    yield piece;
    at += piece.source.length;
  }
}

/** {name: value} as written between the quotes. */
function attributesOf(text) {
  const written = {};
  for (const [, , , name, value] of text.matchAll(ATTRIBUTE)) if (name && value !== undefined) written[name] = value.slice(1, -1);
  return written;
}

class Reader {
  constructor(source) {
    this.source = source;
    this.at = 0;
  }

  line(at = this.at) {
    return this.source.slice(0, at).split("\n").length;
  }

  next() {
    const piece = { ...pieceAt(this.source, this.at), at: this.at };
    this.at += piece.source.length;
    return piece;
  }

  /** The children up to what `ends` says closes them; white space before a child belongs to it. */
  children(ends, inside) {
    const children = [];
    let lead = "";
    while (this.at < this.source.length) {
      const start = this.at, piece = this.next();
      if (ends(piece)) return { children, tail: lead, close: piece.source };
      if (piece.kind === "text" && !piece.source.trim()) { lead += piece.source; continue; }
      const node = this.node(piece, start, inside);
      children.push({ lead, ...node });
      lead = "";
    }
    throw new Unreadable("open", this.line(), inside);
  }

  node(piece, start, inside) {
    if (piece.kind === "liquid" && ENDS[piece.word]) return this.condition(piece, start, inside);
    if (piece.kind !== "tag") return { name: "lock", source: piece.source };
    if (piece.close) throw new Unreadable("close", this.line(start), piece.name);
    const node = { name: piece.name, open: piece.source, mj: attributesOf(piece.attributes), empty: piece.empty };
    if (piece.empty) return { ...node, children: [], body: "", tail: "", close: "" };
    if (CONTAINERS.has(piece.name)) {
      const inner = this.children((other) => other.kind === "tag" && other.close && other.name === piece.name, piece.name);
      return { ...node, ...inner, body: "" };
    }
    const from = this.at;
    for (let depth = 1; this.at < this.source.length;) {
      const inner = this.next();
      if (inner.kind !== "tag" || inner.name !== piece.name || inner.empty) continue;
      depth += inner.close ? -1 : 1;
      if (!depth) return this.leaf(node, start, this.source.slice(from, inner.at), inner.source);
    }
    throw new Unreadable("open", this.line(start), piece.name);
  }

  leaf(node, start, body, close) {
    const isKnown = node.name.startsWith("mj-") && node.name !== "mj-raw";
    return isKnown ? { ...node, children: [], body, tail: "", close } : { name: "lock", source: this.source.slice(start, this.at) };
  }

  /** What stands between the tags of a condition or a loop; one that is not closed here is a lock, for it cannot be taken apart. */
  condition(piece, start, inside) {
    const end = ENDS[piece.word];
    try {
      const inner = this.children((other) => other.kind === "liquid" && other.word === end, inside);
      return { name: "liquid", open: piece.source, mj: {}, body: "", ...inner };
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      throw new Unreadable("liquid", this.line(start), piece.source);
    }
  }
}

/** {before, body, after}: the source around <mj-body>, and its tree. Raises Unreadable. */
export function read(source) {
  for (const piece of pieces(source)) {
    if (piece.kind !== "tag" || piece.close || piece.name !== "mj-body") continue;
    if (piece.empty) throw new Unreadable("body", 1);
    const reader = new Reader(source);
    reader.at = piece.at;
    const body = { lead: "", ...reader.node(reader.next(), piece.at, "mjml") };
    return { before: source.slice(0, piece.at), body, after: source.slice(reader.at) };
  }
  throw new Unreadable("body", 1);
}

/** The tree of what may stand in a body, for what is put into a message. */
export const readPiece = (source) => read(`<mj-body>${source.trim()}</mj-body>`).body.children;

const same = (values, other) => {
  const keys = Object.keys(values);
  return keys.length === Object.keys(other).length && keys.every((key) => values[key] === other[key]);
};

/** The opening tag with the attributes as they are now; whatever was not changed stays as it was written. */
function openTag(node, mj, empty) {
  const written = node.open ?? `<${node.name}>`;
  const end = empty ? " />" : ">";
  if (node.name === "liquid" || (same(mj, node.mj ?? {}) && !!node.empty === empty && node.open)) return written;
  const left = { ...mj };
  const inner = written.slice(node.name.length + 1, written.endsWith("/>") ? -2 : -1).trimEnd().replace(ATTRIBUTE, (whole, space, _rest, name, value) => {
    if (!name || value === undefined) return whole;
    if (!(name in left)) return "";
    const now = left[name];
    delete left[name];
    return now === value.slice(1, -1) ? whole : `${space}${name}="${now}"`;
  });
  const more = Object.entries(left).map(([name, value]) => ` ${name}="${value}"`).join("");
  return `<${node.name}${inner}${more}${end}`;
}

/** The source of a node: `mj`, `body` and `children` as they are now, the rest as it was read. */
export function write(node, depth = 2) {
  const lead = node.lead ?? `\n${"  ".repeat(depth)}`;
  if (node.name === "lock") return lead + node.source;
  const inner = node.children.map((child) => write(child, depth + 1)).join("") || node.body;
  const empty = !inner && (node.empty ?? (node.open === undefined && !CONTAINERS.has(node.name)));
  const fresh = node.children.length ? `\n${"  ".repeat(depth)}` : "";
  const tail = node.empty && inner ? fresh : node.tail ?? fresh;
  return lead + openTag(node, node.now ?? node.mj, empty) + inner + (empty ? "" : tail + (node.close || `</${node.name}>`));
}

/** What <mj-attributes> gives: {"mj-all": {…}, "mj-text": {…}, ".title": {…}}, and the CSS of <mj-style>. */
export function headOf(before) {
  const given = {}, css = [];
  const attributes = /<mj-attributes>([\s\S]*?)<\/mj-attributes>/.exec(before)?.[1] ?? "";
  for (const piece of pieces(attributes)) {
    if (piece.kind !== "tag" || piece.close) continue;
    const { name, ...values } = attributesOf(piece.attributes);
    given[piece.name === "mj-class" ? `.${name}` : piece.name] = piece.name === "mj-class" ? values : attributesOf(piece.attributes);
  }
  for (const [, style] of before.matchAll(/<mj-style[^>]*>([\s\S]*?)<\/mj-style>/g)) css.push(style);
  return { given, css: css.join("\n") };
}

const VOID = /<(area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)\b((?:"[^"]*"|'[^']*'|[^'"<>])*?)\s*\/?>/g;

/** Text as a browser gives it back, as MJML has it: empty tags closed, Liquid as it was typed. */
export function fromBrowser(html) {
  const plain = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: " " };
  const liquid = new RegExp(LIQUID, "g");
  return html.replace(liquid, (code) => code.replace(/&(amp|lt|gt|quot|nbsp);/g, (_, name) => plain[name])).replace(VOID, "<$1$2 />");
}

/** Whether a browser gives a text back with every tag and every piece of Liquid where it was. */
export function isSafeToEdit(body, parsed) {
  const list = (text) => [...pieces(text)].filter((piece) => piece.kind !== "text")
    .map((piece) => piece.source.replace(/\s*\/?>$/, ">").replace(/\s+/g, " ").replace(/&amp;/g, "&"));
  const before = list(body), after = list(fromBrowser(parsed));
  return before.length === after.length && before.every((piece, at) => piece === after[at]);
}
