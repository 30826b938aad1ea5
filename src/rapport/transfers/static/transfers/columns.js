// A trait's name and type are asked only where a column becomes a trait.
for (const choice of document.querySelectorAll("[data-to]")) {
  choice.addEventListener("change", () => {
    choice.closest("tr").querySelector("[data-trait]").hidden = choice.value !== "trait";
  });
}
