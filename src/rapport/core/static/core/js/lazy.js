// Parts that a page fetches for itself: one that does not come says so in its place, with a button to ask again.
const WAIT = 20000;
const WAITING = ".skeleton, [aria-busy=true]";
const BY_HAND = ["click", "submit", "input", "change"];

const isWaiting = (place) => place.matches(WAITING) || place.querySelector(WAITING) || !place.childElementCount;

/** Why a request failed, in words; 0 is no answer at all. */
export const reason = (status) => {
  const { textOffline, textForbidden, textGone, textFailed } = document.body.dataset;
  return { 0: textOffline, 403: textForbidden, 404: textGone }[status] ?? textFailed;
};

/** Whether a failed request is told of in the place that waits for it, and need not be told of elsewhere. */
export function fail({ elt, target, xhr, requestConfig }) {
  const place = target ?? elt;
  if (BY_HAND.includes(requestConfig.triggeringEvent?.type) || !place?.isConnected || !isWaiting(place)) return false;
  if ("failed" in place.dataset) return true;
  const note = document.getElementById("part-failed").content.firstElementChild.cloneNode(true);
  const isFinal = [403, 404].includes(xhr.status);
  if (isFinal) note.querySelector("span").textContent = reason(xhr.status);
  const again = note.querySelector("button");
  if (isFinal) again.remove();
  else again.addEventListener("click", (event) => {
    event.stopPropagation();
    note.remove();
    delete place.dataset.failed;
    const { verb, path } = requestConfig;
    window.htmx.ajax(verb, path, { source: elt, target: place, swap: elt.getAttribute("hx-swap") ?? "innerHTML" });
  });
  place.dataset.failed = "";
  place.append(note);
  return true;
}

document.addEventListener("htmx:beforeSwap", ({ detail }) => detail.shouldSwap && delete detail.target.dataset.failed);
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (!BY_HAND.includes(detail.triggeringEvent?.type)) detail.timeout = WAIT;
});
