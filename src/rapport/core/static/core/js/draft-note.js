// What a form says about its draft: that it is kept, or that it was restored and can be discarded.
const { textDiscard } = document.body.dataset;

export function note(form, text, discard = null) {
  let place = form.querySelector(".draft-note");
  if (!place) {
    place = Object.assign(document.createElement("span"), { className: "draft-note" });
    place.setAttribute("role", "status");
    (form.querySelector(".form-actions, .dialog-foot") ?? form).append(place);
  }
  if (place.querySelector("button") && !discard) return;
  place.textContent = text;
  if (!discard) return;
  const button = Object.assign(document.createElement("button"), { type: "button", className: "link-button", textContent: textDiscard });
  button.onclick = discard;
  place.append(" ", button);
}
