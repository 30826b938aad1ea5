// <r-list>: choosing rows, walking them with j and k, and clean addresses.
import { follow } from "./panel.js";
import { shortcut } from "./shortcuts.js";

const CONTROLS = "a, button, input, select, textarea, label, summary, r-edit, .cell-check";
const mainOf = (row) => row.querySelector("[data-main]") ?? row.querySelector(".cell-main a");

class List extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", (event) => this.changed(event.target));
    this.addEventListener("click", (event) => this.clicked(event));
    this.addEventListener("focusin", (event) => this.mark(event.target.closest("tr[data-row]")));
    this.addEventListener("htmx:configRequest", ({ detail }) => {
      if (detail.verb === "get") for (const [name, value] of [...detail.formData]) if (!value) detail.formData.delete(name);
    });
  }

  get rows() { return [...this.querySelectorAll("tr[data-row]")]; }
  get boxes() { return [...this.querySelectorAll("tr[data-row] input[name=row]")]; }
  get cursor() { return this.querySelector("tr.is-cursor"); }

  changed(input) {
    if (input.matches("[data-select-page]")) for (const box of this.boxes) box.checked = input.checked;
    if (input.matches("[data-select-page], input[name=row]")) this.count();
  }

  clicked({ target, metaKey, ctrlKey, shiftKey }) {
    const row = target.closest("tr[data-row]");
    const isPlain = !metaKey && !ctrlKey && !shiftKey && getSelection().isCollapsed;
    if (row && isPlain && !target.closest(CONTROLS)) mainOf(row)?.click();
    if (target.closest("[data-select-none]")) for (const box of this.boxes) box.checked = false;
    const everything = Boolean(target.closest("[data-select-everything]"));
    if (everything) for (const box of this.boxes) box.checked = true;
    if (everything || target.closest("[data-select-none]")) this.count(everything ? target.closest("button").textContent : "");
  }

  count(everything = "") {
    const chosen = this.boxes.filter((box) => box.checked);
    for (const box of this.boxes) box.closest("tr").setAttribute("aria-selected", box.checked);
    const bar = this.querySelector("[data-bulk]");
    if (!bar) return;
    bar.hidden = !chosen.length;
    this.querySelector("[data-everything]").value = everything ? "1" : "";
    bar.querySelector("[data-bulk-count]").textContent = everything ? everything.replace(/^[^:]*:\s*/, "") : chosen.length;
    const all = this.querySelector("[data-select-page]");
    all.checked = chosen.length === this.boxes.length;
    all.indeterminate = chosen.length > 0 && !all.checked;
  }

  mark(row) {
    if (!row || row === this.cursor) return;
    this.cursor?.classList.remove("is-cursor");
    row.classList.add("is-cursor");
  }

  move(by) {
    const { rows, cursor } = this;
    const next = rows[Math.min(rows.length - 1, Math.max(0, cursor ? rows.indexOf(cursor) + by : 0))];
    next?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: "nearest" });
    follow(next && mainOf(next));
  }

  toggle() {
    const box = this.cursor?.querySelector("input[name=row]");
    if (box) { box.checked = !box.checked; this.count(); }
  }

  open() { if (this.cursor) mainOf(this.cursor)?.click(); }
}
customElements.define("r-list", List);

const list = () => document.querySelector("r-list");
shortcut("j", () => list()?.move(1));
shortcut("k", () => list()?.move(-1));
shortcut("x", () => list()?.toggle());
shortcut("f", () => list()?.querySelector("[popovertarget=list-filter-menu]")?.click());
shortcut("Enter", () => list()?.cursor === document.activeElement && list().open());
shortcut("/", () => document.getElementById("list-q")?.select());
