// The row of the record in the side panel is marked, also after its list was drawn anew.
import { inside, pathOf } from "./panel-address.js";

export function mark(isOpen) {
  const record = isOpen ? inside() : "";
  for (const link of document.querySelectorAll("tr[data-row] a[data-panel]")) {
    link.closest("tr").classList.toggle("is-open", pathOf(link) === record);
  }
}
