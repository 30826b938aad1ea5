// Feedback at once: what was clicked shows that it is being worked on, until the answer is there or a file has come instead.
const root = document.documentElement;
const PATIENCE = 8000;
const marked = new Map();

function mark(element) {
  if (!element || marked.has(element)) return;
  element.classList.add("is-busy");
  marked.set(element, setTimeout(() => release(element), PATIENCE));
  root.dataset.busy = "";
}

function release(element) {
  clearTimeout(marked.get(element));
  marked.delete(element);
  element.classList.remove("is-busy");
  if (!marked.size) delete root.dataset.busy;
}

const isPlain = (event) => !(event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
const leads = (link) => !link.target && !link.download && !link.hasAttribute("download") && link.origin === location.origin
  && (link.pathname !== location.pathname || link.search !== location.search || !link.hash);

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (link && isPlain(event) && leads(link)) mark(link);
});

// A form is sent once, however often its button is pressed meanwhile.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method === "dialog") return;
  if (marked.has(event.target)) event.preventDefault();
  else for (const element of [event.target, event.submitter]) mark(element);
});

// Only what a person did: what loads by itself when it is seen, or asks again each second, is no feedback.
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (["click", "submit"].includes(detail.requestConfig.triggeringEvent?.type)) mark(detail.elt);
});
for (const name of ["htmx:afterRequest", "htmx:abort"]) document.addEventListener(name, ({ detail, target }) => {
  const element = detail.elt ?? target;
  if (marked.has(element)) release(element);
});
addEventListener("pageshow", () => { for (const element of [...marked.keys()]) release(element); });
