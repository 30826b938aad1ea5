// Keyboard shortcuts: silent while typing, off for whoever switched single keys off, listed under "?".
const actions = new Map();
const OFF = "rapport.shortcuts";
const enabled = () => localStorage.getItem(OFF) !== "off";
const typing = (element) => element.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

/** Runs `action` when `key` is pressed outside of fields, menus and dialogs. An element with data-shortcut="l" is clicked. */
export const shortcut = (key, action) => actions.set(key, action);

const clicking = (key) => {
  const element = key.length === 1 && document.querySelector(`[data-shortcut="${CSS.escape(key)}"]`);
  return element && (() => element.click());
};

document.addEventListener("keydown", (event) => {
  if (event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented || typing(event.target)) return;
  if (document.querySelector("dialog[open], .menu:popover-open")) return;
  const action = event.key === "?" || enabled() ? actions.get(event.key) ?? clicking(event.key) : null;
  if (action && action(event) !== false && event.key !== "Enter") event.preventDefault();
});

const dialog = () => document.getElementById("shortcuts-dialog");
const show = () => {
  if (!dialog()) return;
  dialog().querySelector("[data-shortcuts-switch]").checked = enabled();
  dialog().showModal();
};
shortcut("?", show);
shortcut("c", () => document.querySelector("[popovertarget=new-menu]")?.click());
document.addEventListener("click", (event) => { if (event.target.closest("[data-shortcuts]")) show(); });
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-shortcuts-switch]")) localStorage.setItem(OFF, event.target.checked ? "on" : "off");
});
