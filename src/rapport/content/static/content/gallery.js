// The gallery: what is typed narrows it, a chosen design gives its name to a template without one, and channels
// without designs hide it.
const form = document.querySelector("[data-gallery]");
const search = form.querySelector("[data-gallery-search]");
const designs = [...form.querySelectorAll(".design")];
let given = "";

search.addEventListener("input", () => {
  const words = search.value.toLowerCase().split(/\s+/);
  for (const design of designs) design.hidden = !words.every((word) => design.textContent.toLowerCase().includes(word));
  form.querySelector("[data-gallery-none]").hidden = designs.some((design) => !design.hidden);
});
search.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());

form.addEventListener("change", (event) => {
  if (event.target.name === "start" && [given, ""].includes(form.elements.name.value)) {
    given = event.target.value ? event.target.closest(".design").querySelector(".design-name").textContent : "";
    form.elements.name.value = given;
  }
  const { channel } = form.elements;
  form.querySelector("[data-designs]").hidden = !form.dataset.mails.split(" ").includes(channel.value);
});
