// The source of a message with colours, completion and search. Loaded by the editor; the text field behind it stays what
// is sent, and is all there is without it.
import {
  EditorState, EditorView, HighlightStyle, MatchDecorator, Decoration, ViewPlugin, autocompletion, bracketMatching, closeBrackets,
  closeBracketsKeymap, completionKeymap, defaultKeymap, drawSelection, foldGutter, foldKeymap, highlightActiveLine, highlightActiveLineGutter,
  highlightSelectionMatches, history, historyKeymap, html, htmlCompletionSourceWith, indentUnit, indentWithTab, keymap, lineNumbers, lintGutter, search, searchKeymap,
  setDiagnostics, syntaxHighlighting, tags,
} from "../core/vendor/codemirror.esm.min.js";

const colours = HighlightStyle.define([
  { tag: [tags.tagName, tags.angleBracket], color: "light-dark(#0b5cad, #7cc0ff)" },
  { tag: tags.attributeName, color: "light-dark(#7a3e9d, #d3a6ee)" },
  { tag: [tags.attributeValue, tags.string], color: "light-dark(#17692f, #8fd6a0)" },
  { tag: tags.comment, color: "var(--text-3)", fontStyle: "italic" },
]);
const look = EditorView.theme({
  "&": { height: "100%", color: "var(--text)", fontSize: "12.5px" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "20px", overflow: "auto" },
  ".cm-content": { caretColor: "var(--text)", padding: "10px 0" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": { background: "var(--sunken)", color: "var(--text-3)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine, .cm-activeLineGutter": { background: "var(--hover)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "light-dark(#cfe3ff, #23456f)" },
  ".cm-liquid": { color: "light-dark(#a8390a, #ffb38a)", background: "light-dark(#fff1e8, #3a2418)", borderRadius: "3px" },
  ".cm-liquid span": { color: "inherit" },
  ".cm-tooltip, .cm-panels": { background: "var(--raised)", color: "var(--text)", border: "1px solid var(--line)" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { background: "var(--accent-solid)", color: "#fff" },
  ".cm-completionDetail": { color: "inherit", opacity: "0.75" },
  ".cm-textfield": { background: "var(--surface)", color: "var(--text)", border: "1px solid var(--control-line)" },
  ".cm-button": { background: "var(--surface)", color: "var(--text)", border: "1px solid var(--control-line)" },
  ".cm-panel.cm-search [name=close]": { color: "var(--text)" },
});
const marker = new MatchDecorator({ regexp: /\{\{.*?\}\}|\{%.*?%\}/g, decoration: Decoration.mark({ class: "cm-liquid" }) });
const liquid = ViewPlugin.define((view) => ({
  decorations: marker.createDeco(view),
  update(change) { this.decorations = marker.updateDeco(change, this.decorations); },
}), { decorations: (plugin) => plugin.decorations });

/** After `{{` the names there are, after `|` what can be done with one, after `{%` what decides and repeats. */
const completions = ({ names, filters, blocks }) => (context) => {
  const open = context.matchBefore(/\{[{%][^{}%]*$/);
  if (!open) return null;
  const word = context.matchBefore(/[\w.]*$/);
  const options = /\|\s*[\w]*$/.test(open.text) ? filters : open.text.startsWith("{%") && /^\{%-?\s*\w*$/.test(open.text) ? blocks : names;
  return { from: word.from, options, validFor: /^[\w.]*$/ };
};

/** Takes the place of a text field until the page is left, and keeps it up to date. */
export function sourceEditor(field, given) {
  const host = document.createElement("div");
  host.className = "source-code";
  field.closest(".source").append(host);
  // Seen from outside the keys are pressed on no text field, and would be taken for shortcuts.
  host.addEventListener("keydown", (event) => event.ctrlKey || event.metaKey || event.stopPropagation());
  const root = host.attachShadow({ mode: "open" });
  const taking = EditorView.updateListener.of((change) => {
    if (!change.docChanged || change.view.isFilling) return;
    field.value = change.state.doc.toString();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  const extraTags = Object.fromEntries(given.elements.map((name) => [name, { attrs: given.attributes, globalAttrs: false }]));
  const ofLiquid = completions(given), ofTags = htmlCompletionSourceWith({ extraTags });
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: field.value,
      extensions: [
        lineNumbers(), foldGutter(), lintGutter(), history(), drawSelection(), bracketMatching(), closeBrackets(),
        autocompletion({ override: [(context) => ofLiquid(context) ?? ofTags(context)] }), html({ selfClosingTags: true }),
        highlightActiveLine(), highlightActiveLineGutter(), highlightSelectionMatches(), search({ top: true }), indentUnit.of("  "),
        keymap.of([...closeBracketsKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...completionKeymap, ...defaultKeymap, indentWithTab]),
        liquid, syntaxHighlighting(colours), look, taking,
        EditorState.phrases.of(given.phrases), EditorState.readOnly.of(field.readOnly),
        EditorView.contentAttributes.of({ "aria-label": "MJML", spellcheck: "false" }),
      ],
    }),
  });
  view.scrollDOM.tabIndex = 0; // whoever has only a keyboard can scroll it, also where nothing may be edited
  field.addEventListener("input", () => {
    if (field.value === view.state.doc.toString()) return;
    view.isFilling = true;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: field.value } });
    view.isFilling = false;
  });
  return {
    insert(text) {
      view.dispatch(view.state.replaceSelection(text));
      view.focus();
    },
    jump(number) {
      const line = view.state.doc.line(Math.min(number, view.state.doc.lines));
      view.dispatch({ selection: { anchor: line.from, head: line.to }, effects: EditorView.scrollIntoView(line.from, { y: "center" }) });
      view.focus();
    },
    mark(number, message) {
      const line = number && view.state.doc.line(Math.min(number, view.state.doc.lines));
      const problems = line ? [{ from: line.from, to: line.to, severity: "error", message }] : [];
      view.dispatch(setDiagnostics(view.state, problems));
    },
  };
}
