// The side panel: a link with data-panel opens there, and the address says so: Back closes it, a reload or a shared link opens it.
// With a modifier key, or on a phone, it is a plain link.
import { beneath, inside, pathOf, withPanel } from "./panel-address.js";
import { load, stop } from "./panel-load.js";
import { mark } from "./panel-mark.js";

const NARROW = matchMedia("(max-width: 899px)");
const panel = () => document.getElementById("panel");
const isOpen = () => Boolean(panel() && !panel().hidden);
let [opener, shown] = [null, location.href];

/** Opens the link in the panel if one is open: for lists, whose cursor moves on. */
export function follow(link) {
  if (isOpen() && link?.matches("a[data-panel]") && inside() !== pathOf(link)) open(link);
}

function open(link) {
  opener = link;
  if (inside()) history.replaceState(history.state, "", withPanel(pathOf(link)));
  else history.pushState({ panel: true }, "", withPanel(pathOf(link)));
  shown = location.href;
  load(pathOf(link));
  mark(isOpen());
}

function closePanel() {
  if (!isOpen()) return;
  if (history.state?.panel && inside()) history.back();
  else history.replaceState(history.state, "", (shown = beneath(location.href).href));
  clear();
}

function clear() {
  stop();
  panel().hidden = true;
  panel().replaceChildren();
  panel().removeAttribute("aria-busy");
  mark(isOpen());
  if (opener?.isConnected) opener.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-panel-close]")) closePanel();
  const link = event.target.closest("a[data-panel]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || NARROW.matches || !panel()) return;
  event.preventDefault();
  open(link);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open], .menu:popover-open")) return;
  if (!event.target.matches("input, textarea, select")) closePanel();
});

// Only the panel's part of the address changed: nothing else is drawn anew. Heard before htmx's own listener.
addEventListener("popstate", (event) => {
  const isPanelOnly = beneath(shown).href === beneath(location.href).href;
  shown = location.href;
  if (!isPanelOnly || !panel()) return;
  event.stopImmediatePropagation();
  if (inside()) load(inside());
  else if (isOpen()) clear();
});

// A list that was searched or sorted has a new address, to which the panel belongs as well.
document.addEventListener("htmx:pushedIntoHistory", () => {
  if (isOpen() && inside(shown)) history.replaceState(history.state, "", withPanel(inside(shown)));
  shown = location.href;
  mark(isOpen());
});
document.addEventListener("htmx:afterSettle", () => mark(isOpen()));
document.addEventListener("panel-empty", closePanel);
// What was clicked stays in sight: the page beneath has become narrower.
document.addEventListener("panel-shown", () => opener?.isConnected && opener.scrollIntoView({ block: "nearest", inline: "nearest" }));
document.addEventListener("panel-changed", () => {
  if (document.getElementById("list")) window.htmx.ajax("GET", beneath(location.href).href, { target: "#list", swap: "innerHTML" });
});

if (inside() && NARROW.matches) location.replace(inside());
else if (inside() && panel()) load(inside());
