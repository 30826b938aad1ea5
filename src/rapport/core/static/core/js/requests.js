// Requests to this site: the CSRF token goes along, none waits for ever, and failures are told instead of swallowed.
import { fail, reason } from "./lazy.js";

const WAIT = 60000;
const toast = (text) => document.dispatchEvent(new CustomEvent("toast", { detail: { text, level: "error" } }));
const cookie = (name) => document.cookie.split("; ").find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";

export const csrf = () => cookie("rapport_csrf") || document.querySelector("[name=csrfmiddlewaretoken]")?.value || "";

/** POSTs a form-encoded body with the CSRF token. Without an answer the response's status is 0. */
export const post = (url, data = {}) =>
  fetch(url, {
    method: "POST", headers: { "X-CSRFToken": csrf(), "HX-Request": "true" }, body: new URLSearchParams(data), signal: AbortSignal.timeout(WAIT),
  }).catch(() => Response.error());

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = csrf();
});

for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, ({ detail }) => fail(detail) || toast(reason(detail.xhr.status)));
}
