// JSON with line numbers, colours and search; the text field behind it stays what is read.
import {
  Decoration, EditorState, EditorView, MatchDecorator, ViewPlugin, bracketMatching, closeBrackets, closeBracketsKeymap, defaultKeymap, drawSelection,
  highlightActiveLine, history, historyKeymap, indentUnit, keymap, lineNumbers, search, searchKeymap,
} from "../core/vendor/codemirror.esm.min.js";

const look = EditorView.theme({
  "&": { color: "var(--text)", fontSize: "12.5px", maxHeight: "70vh" },
  "&.cm-focused": { outline: "2px solid var(--focus)" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "20px", overflow: "auto" },
  ".cm-content": { caretColor: "var(--text)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": { background: "var(--sunken)", color: "var(--text-3)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine": { background: "var(--hover)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "light-dark(#cfe3ff, #23456f)" },
  ".cm-name": { color: "light-dark(#0b5cad, #7cc0ff)" },
  ".cm-panels": { background: "var(--raised)", color: "var(--text)" },
  ".cm-textfield, .cm-button": { background: "var(--surface)", color: "var(--text)", border: "1px solid var(--control-line)" },
});
const marker = new MatchDecorator({ regexp: /"(?:[^"\\]|\\.)*"(?=\s*:)/g, decoration: Decoration.mark({ class: "cm-name" }) });
const names = ViewPlugin.define((view) => ({
  decorations: marker.createDeco(view),
  update(change) { this.decorations = marker.updateDeco(change, this.decorations); },
}), { decorations: (plugin) => plugin.decorations });

/** Takes the place of a text field, and keeps both the same. */
export function edit(field) {
  const host = document.createElement("div");
  host.className = "source-code";
  host.addEventListener("keydown", (event) => event.stopPropagation()); // keys pressed in here are no shortcuts of the page
  field.hidden = true;
  field.after(host);
  const root = host.attachShadow({ mode: "open" });
  let isFilling = false;
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: field.value,
      extensions: [
        lineNumbers(), history(), drawSelection(), bracketMatching(), closeBrackets(), highlightActiveLine(), search({ top: true }), indentUnit.of("  "),
        keymap.of([...closeBracketsKeymap, ...searchKeymap, ...historyKeymap, ...defaultKeymap]), names, look,
        EditorView.contentAttributes.of({ "aria-label": field.getAttribute("aria-label"), spellcheck: "false" }),
        EditorView.updateListener.of((change) => {
          if (!change.docChanged || isFilling) return;
          field.value = change.state.doc.toString();
          field.dispatchEvent(new Event("input", { bubbles: true }));
        }),
      ],
    }),
  });
  view.scrollDOM.tabIndex = 0;
  field.addEventListener("input", () => {
    if (field.value === view.state.doc.toString()) return;
    isFilling = true;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: field.value } });
    isFilling = false;
  });
  return view;
}
