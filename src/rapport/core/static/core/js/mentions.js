// An @ in a text field with data-mentions offers the names of its datalist; arrows and Enter choose.
let [menu, field] = [null, null];

const typed = () => /(?:^|\s)@([^\s@][^@\n]{0,40})?$/u.exec(field.value.slice(0, field.selectionStart))?.[1];
const close = () => (menu?.remove(), (menu = null));

function offer() {
  const before = field.value.slice(0, field.selectionStart);
  if (!/(?:^|\s)@[^@\n]{0,40}$/u.test(before)) return close();
  const start = (typed() ?? "").toLowerCase();
  const names = [...document.getElementById(field.dataset.mentions).options].map((option) => option.value)
    .filter((name) => name.toLowerCase().startsWith(start) && name.toLowerCase() !== start).slice(0, 6);
  close();
  if (!names.length) return;
  menu = document.createElement("div");
  menu.className = "mentions";
  menu.setAttribute("role", "listbox");
  menu.append(...names.map((name, index) => {
    const item = document.createElement("button");
    Object.assign(item, { type: "button", className: "menu-item", textContent: name, tabIndex: -1 });
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", index === 0);
    item.addEventListener("mousedown", (event) => (event.preventDefault(), choose(name)));
    return item;
  }));
  field.after(menu);
}

function choose(name) {
  const at = field.value.lastIndexOf("@", field.selectionStart - 1);
  field.setRangeText(`@${name} `, at, field.selectionStart, "end");
  close();
}

document.addEventListener("input", ({ target }) => {
  if (!target.dataset?.mentions) return;
  field = target;
  offer();
});
document.addEventListener("focusout", ({ target }) => target === field && close());
document.addEventListener("keydown", (event) => {
  if (!menu || event.target !== field) return;
  const items = [...menu.children];
  const now = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
  if (event.key === "Escape") close();
  else if (["Enter", "Tab"].includes(event.key)) choose(items[now].textContent);
  else if (["ArrowDown", "ArrowUp"].includes(event.key)) {
    const next = (now + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length;
    items.forEach((item, index) => item.setAttribute("aria-selected", index === next));
  } else return;
  event.preventDefault();
  event.stopPropagation();
}, true);
