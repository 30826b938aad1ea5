// The command palette: one field that finds records, pages and actions. Results are the server's.
const dialog = () => document.getElementById("palette");
const field = () => document.getElementById("palette-q");
const options = () => [...dialog().querySelectorAll("[role=option]")];

function open() {
  if (!dialog() || dialog().open) return;
  dialog().showModal();
  field().select();
  window.htmx.trigger(field(), "palette");
}

function choose(option) {
  for (const other of options()) other.setAttribute("aria-selected", other === option);
  field().setAttribute("aria-activedescendant", option?.id ?? "");
  option?.scrollIntoView({ block: "nearest" });
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-palette]")) open();
  const option = event.target.closest("#palette [role=option]");
  if (option?.dataset.run) {
    dialog().close();
    document.querySelector(option.dataset.run)?.click();
  }
});

document.addEventListener("keydown", (event) => {
  if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    return dialog()?.open ? dialog().close() : open();
  }
  if (event.target !== field()) return undefined;
  const all = options();
  const now = all.findIndex((other) => other.getAttribute("aria-selected") === "true");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && all.length) {
    event.preventDefault();
    choose(all[(now + step + all.length) % all.length]);
  }
  if (event.key === "Enter" && all[now]) {
    event.preventDefault();
    all[now].click();
  }
  return undefined;
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id === "palette-results") choose(options()[0]);
});
