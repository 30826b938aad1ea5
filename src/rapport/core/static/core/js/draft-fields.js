// What of a form is kept as its draft: everything a person fills in but passwords, codes and files, and the revision it was
// filled in over, so that a draft restored after somebody else saved is a conflict too.
const NOT_KEPT = ["password", "file", "submit", "button", "reset", "image"];
const isKept = (input) => input.name && input.name !== "csrfmiddlewaretoken" && !NOT_KEPT.includes(input.type) && input.dataset.confirmName === undefined
  && (input.type !== "hidden" || input.form.dataset.redraws || input.name === "revision") && input.autocomplete !== "one-time-code";
export const inputs = (form) => [...form.elements].filter((input) => form.contains(input) && isKept(input));
const valuesOf = (input) => (["checkbox", "radio"].includes(input.type) ? (input.checked ? [input.value] : [])
  : input.multiple && input.options ? [...input.selectedOptions].map((option) => option.value) : [input.value]);
export const entries = (form) => inputs(form).flatMap((input) => valuesOf(input).map((value) => [input.name, value]));

/** Puts a draft's values back into the form's fields. */
export function fill(form, saved) {
  const rows = form.querySelector("r-rows");
  const wanted = saved.filter(([name]) => name.endsWith("_key")).length;
  while (rows && rows.querySelectorAll("[data-row]").length < wanted) rows.add();
  const left = [...saved];
  for (const input of inputs(form)) {
    const of = left.filter(([name]) => name === input.name).map(([, value]) => value);
    if (["checkbox", "radio"].includes(input.type)) input.checked = of.includes(input.value);
    else if (input.multiple && input.options) for (const option of input.options) option.selected = of.includes(option.value);
    else if (of.length) {
      input.value = of[0];
      left.splice(left.findIndex(([name]) => name === input.name), 1);
    }
  }
}
