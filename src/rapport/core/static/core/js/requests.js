// htmx: the CSRF token goes along, and failures are told instead of swallowed.
const toast = (text) => document.dispatchEvent(new CustomEvent("toast", { detail: { text, level: "error" } }));
const cookie = (name) => document.cookie.split("; ").find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";

export const csrf = () => cookie("rapport_csrf") || document.querySelector("[name=csrfmiddlewaretoken]")?.value || "";

/** POSTs a form-encoded body with the CSRF token. */
export const post = (url, data = {}) =>
  fetch(url, { method: "POST", headers: { "X-CSRFToken": csrf(), "HX-Request": "true" }, body: new URLSearchParams(data) });

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = csrf();
});

document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  const words = document.body.dataset;
  toast(status === 403 ? words.textForbidden : status === 404 ? words.textGone : words.textFailed);
});
document.addEventListener("htmx:sendError", () => toast(document.body.dataset.textOffline));
