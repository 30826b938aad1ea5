// A form on its own page or in a frame: one step at a time, no fields that are not asked, and work where it is asked for.
// Without this everything is there at once, and the server looks at it the same way.
const shown = (element) => { element.hidden = false; };

function conditions(form) {
  const conditional = [...form.querySelectorAll("[data-when]")];
  const chosen = (name) => new FormData(form).getAll(name).map(String).filter(Boolean);
  const look = () => {
    for (const element of conditional) {
      const values = element.dataset.values ? element.dataset.values.split("\n") : [];
      const given = element.closest("form").querySelector(`[data-hidden-field="${element.dataset.when}"]`) ? [] : chosen(element.dataset.when);
      element.hidden = !(values.length ? given.some((value) => values.includes(value)) : given.length);
      element.dataset.hiddenField = element.hidden ? element.querySelector("[name]")?.name ?? "" : "";
    }
  };
  form.addEventListener("input", look);
  look();
}

function steps(form) {
  const sections = [...form.querySelectorAll("[data-step]")];
  if (sections.length < 2 || form.querySelector("[aria-invalid=true]")) return;
  const rest = [...form.querySelectorAll(":scope > .field, :scope > .actions")];
  const next = document.createElement("button");
  next.type = "button";
  next.textContent = document.documentElement.lang.startsWith("de") ? "Weiter" : "Next";
  sections.at(-1).after(next);
  let at = 0;
  const show = (focus) => {
    sections.forEach((part, number) => { part.hidden = number !== at; });
    rest.forEach((part) => { part.hidden = at < sections.length - 1; });
    next.hidden = at === sections.length - 1;
    if (focus) sections[at].querySelector("input, select, textarea")?.focus();
  };
  next.addEventListener("click", () => {
    const wrong = [...sections[at].querySelectorAll("input, select, textarea")].find((input) => input.offsetParent && !input.checkValidity());
    if (wrong) return wrong.reportValidity();
    at += 1;
    show(true);
  });
  show(false);
}

// A number that makes the SHA-256 of the page's token begin with so many zero bits.
async function work(token, bits) {
  const text = new TextEncoder();
  for (let nonce = 0; ; nonce += 1) {
    const digest = new DataView(await crypto.subtle.digest("SHA-256", text.encode(`${token}:${nonce}`)));
    if (digest.getUint32(0) >>> (32 - bits) === 0) return nonce;
  }
}

function working(form) {
  if (!form.dataset.work || !globalThis.crypto?.subtle) return;
  let done = false;
  form.addEventListener("submit", async (event) => {
    if (done) return;
    event.preventDefault();
    const button = form.querySelector(".actions button");
    button.disabled = true;
    const input = Object.assign(document.createElement("input"), { type: "hidden", name: "rapport_work" });
    input.value = await work(form.elements.rapport_token.value, Number(form.dataset.work));
    form.append(input);
    done = true;
    form.submit();
  });
}

for (const form of document.querySelectorAll("form[data-form]")) {
  conditions(form);
  steps(form);
  working(form);
  // A page that many visitors share has no token of its own time; a second click sends nothing again.
  form.addEventListener("submit", () => setTimeout(() => form.querySelectorAll(".actions button").forEach((button) => { button.disabled = true; })));
}
if (window.parent !== window) {
  const tell = () => window.parent.postMessage({ rapportForm: document.documentElement.scrollHeight, sent: Boolean(document.querySelector("[data-thanks]")) }, "*");
  // Where the frame stands in a dialog, Escape closes that.
  window.addEventListener("keydown", (event) => { if (event.key === "Escape") window.parent.postMessage({ escape: true }, "*"); });
  new ResizeObserver(tell).observe(document.body);
  tell();
}
document.querySelectorAll(".notice[role=alert], [aria-invalid=true]").forEach(shown);
document.querySelector("[aria-invalid=true]")?.focus();
document.documentElement.dataset.ready = "form";
