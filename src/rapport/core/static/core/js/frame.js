// Rail and theme.
import { shortcut } from "./shortcuts.js";

const html = document.documentElement;

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-rail-toggle]")) toggleRail();
  const theme = event.target.closest("[data-theme-form] button[name=theme]");
  if (!theme) return;
  html.dataset.theme = theme.value;
  for (const button of theme.parentElement.children) button.setAttribute("aria-pressed", button === theme);
  document.dispatchEvent(new CustomEvent("themechange"));
});

export function toggleRail() {
  const closed = html.dataset.rail !== "closed";
  html.dataset.rail = closed ? "closed" : "open";
  localStorage.setItem("rapport.rail", html.dataset.rail);
}

shortcut("[", toggleRail);
// The list of settings is longer than many screens: the current one is always in sight.
// Not scrollIntoView: it lets Tab go on from there, past the link that skips the navigation.
const here = document.querySelector(".settings-nav [aria-current]");
const nav = here?.closest(".settings-nav");
if (nav) nav.scrollTop += Math.max(0, here.getBoundingClientRect().bottom - nav.getBoundingClientRect().bottom);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new CustomEvent("themechange")));
