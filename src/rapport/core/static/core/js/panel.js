// The side panel: a link with data-panel opens there; with a modifier key, or on a phone, it is a plain link.
const panel = () => document.getElementById("panel");
let opener = null;

export function openPanel(url, from = document.activeElement) {
  opener = from;
  window.htmx.ajax("GET", url, { target: "#panel", swap: "innerHTML" }).then(() => {
    panel().hidden = false;
    panel().scrollTop = 0;
    // A form is opened to be filled in; a record is looked at while the list keeps the keys.
    panel().querySelector("form[data-focus] :is(input:not([type=hidden]), select, textarea)")?.focus();
  });
}

export function closePanel() {
  if (!panel() || panel().hidden) return false;
  panel().hidden = true;
  panel().replaceChildren();
  opener?.focus?.();
  return true;
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-panel-close]")) closePanel();
  const link = event.target.closest("a[data-panel]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || innerWidth < 900 || !panel()) return;
  event.preventDefault();
  openPanel(link.href, link);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open], .menu:popover-open")) return;
  if (!event.target.matches("input, textarea, select")) closePanel();
});
