// A trait's name and type are asked only where a column becomes a trait, how it is written only of dates and numbers.
const DATED = new Set(["first_seen", "changed_at"]);

function settle(row) {
  const to = row.querySelector("[data-to]").value;
  const trait = row.querySelector("[data-trait]");
  trait.hidden = to !== "trait";
  const kind = DATED.has(to) ? "date" : to === "trait" ? trait.querySelector("select").value : "";
  const notation = row.querySelector("[data-notation]");
  const options = [...notation.querySelectorAll("option[data-of]")];
  for (const option of options) option.hidden = option.disabled = option.dataset.of !== kind;
  notation.hidden = notation.disabled = !options.some((option) => !option.disabled);
  if (!notation.hidden && notation.selectedOptions[0]?.disabled) {
    (notation.querySelector("option:not([data-of])") ?? options.find((option) => !option.disabled)).selected = true;
  }
}

for (const row of document.querySelectorAll("[data-columns] tbody tr")) {
  settle(row);
  row.addEventListener("change", () => settle(row));
}
