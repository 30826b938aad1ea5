// Menus stand beside the button that opened them and are walked with the arrow keys.
const GAP = 4;

function place(menu, button) {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = at.bottom + GAP + height < innerHeight || at.top < height;
  const left = at.left + width + 8 < innerWidth ? at.left : at.right - width;
  menu.style.top = `${Math.max(8, Math.min(below ? at.bottom + GAP : at.top - GAP - height, innerHeight - height - 8))}px`;
  menu.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
}

document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (!menu.matches?.(".menu[popover]")) return;
  const button = menu.openedBy ?? document.querySelector(`[popovertarget="${menu.id}"]`);
  const open = event.newState === "open";
  button?.setAttribute("aria-expanded", open);
  if (open) menu.dispatchEvent(new CustomEvent("menu:open"));
  if (open && button) {
    place(menu, button);
    menu.querySelector("[autofocus], .menu-item, input, button")?.focus();
  }
}, true);

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.(".menu");
  if (!menu || !["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key) || event.target.matches("select, textarea")) return;
  const items = [...menu.querySelectorAll(".menu-item")].filter((item) => item.offsetParent);
  if (!items.length) return;
  const now = items.indexOf(event.target);
  const next = { ArrowDown: now + 1, ArrowUp: now < 0 ? -1 : now - 1, Home: 0, End: -1 }[event.key];
  items.at(next % items.length)?.focus();
  event.preventDefault();
});

document.addEventListener("click", (event) => {
  const item = event.target.closest(".menu-item:not([data-keep-open])");
  if (item && !item.matches("label")) item.closest(".menu")?.hidePopover();
});

// A form in a menu is gone after its answer came: the keyboard goes back to the menu's button.
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  const menu = detail.requestConfig?.elt.closest?.(".menu");
  if (menu && document.activeElement === document.body) document.querySelector(`[popovertarget="${menu.id}"]`)?.focus();
});
