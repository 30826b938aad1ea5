// Forms keep their drafts (data-draft="key") and warn before unsaved changes are left (data-dirty).
const PREFIX = "rapport.draft.";
const SENT = "rapport.sent";
const keyOf = (form) => `${PREFIX}${form.dataset.draft}`;
const skipped = (input) => !input.name || input.name === "csrfmiddlewaretoken" || ["password", "file", "submit", "hidden"].includes(input.type);
const inputs = (form) => [...form.elements].filter((input) => !skipped(input));

function values(form) {
  return inputs(form).map((input) => [input.name, ["checkbox", "radio"].includes(input.type) ? input.checked : input.value]);
}

function fill(form, saved) {
  const wanted = saved.filter(([name]) => name.endsWith("_key")).length;
  const rows = form.querySelector("r-rows");
  while (rows && rows.querySelectorAll("[data-row]").length < wanted) rows.add();
  const left = [...saved];
  for (const input of inputs(form)) {
    const at = left.findIndex(([name]) => name === input.name);
    if (at < 0) continue;
    const [[, value]] = left.splice(at, 1);
    if (typeof value === "boolean") input.checked = value;
    else input.value = value;
  }
}

function note(form, restored) {
  const place = form.querySelector(".draft-note");
  if (!place) return;
  place.textContent = restored ? form.dataset.textRestored ?? document.body.dataset.textRestored : document.body.dataset.textKept;
  if (!restored) return;
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "link-button", textContent: document.body.dataset.textDiscard });
  button.onclick = () => { localStorage.removeItem(keyOf(form)); location.reload(); };
  place.append(" ", button);
}

function prepare(form) {
  const key = keyOf(form);
  const failed = form.querySelector("[aria-invalid=true]");
  if (sessionStorage.getItem(SENT) === key && !failed) localStorage.removeItem(key);
  const saved = localStorage.getItem(key);
  if (saved && !failed && saved !== JSON.stringify(values(form))) {
    fill(form, JSON.parse(saved));
    note(form, true);
  }
  form.addEventListener("input", () => {
    localStorage.setItem(key, JSON.stringify(values(form)));
    note(form, false);
  });
  form.addEventListener("submit", () => sessionStorage.setItem(SENT, key));
}

document.querySelectorAll("form[data-draft]").forEach(prepare);
if (!document.querySelector("form[data-draft]") && sessionStorage.getItem(SENT)) {
  localStorage.removeItem(sessionStorage.getItem(SENT));
  sessionStorage.removeItem(SENT);
}

document.addEventListener("input", (event) => event.target.form?.matches("[data-dirty]") && (event.target.form.dataset.dirty = "yes"));
document.addEventListener("submit", (event) => {
  delete event.target.dataset.dirty;
  if (event.target.matches("[data-sign-out]")) for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
});
addEventListener("beforeunload", (event) => { if (document.querySelector("form[data-dirty=yes]")) event.preventDefault(); });
document.querySelector("[aria-invalid=true]")?.focus();
