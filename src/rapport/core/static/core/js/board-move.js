// Moving a card of a board to another column.
import { reason } from "./lazy.js";
import { post } from "./requests.js";
import { toast } from "./toasts.js";

// The card is in its new column at once, and back in the old one when the server refuses.
export async function move(board, card, column, focus) {
  const from = card.parentElement;
  const next = card.nextElementSibling;
  if (column.contains(card)) return;
  column.querySelector("[data-cards]").prepend(card);
  if (focus) board.focusOn(card);
  const answer = await post(board.dataset.url, { move: card.dataset.card, to: column.dataset.column });
  const note = JSON.parse(answer.headers.get("HX-Trigger") ?? "{}").toast;
  if (answer.ok) replace(board, card, await answer.text(), focus);
  else {
    from.insertBefore(card, next?.parentElement === from ? next : null);
    if (focus) board.focusOn(card);
  }
  toast(note?.text ?? reason(answer.status), note?.level ?? "error", note?.undo);
  board.querySelector("[data-status]").textContent = note?.text ?? "";
}

// The answer holds the card as it is now, and the heads of the columns whose counts changed.
function replace(board, card, html, focus) {
  const answer = document.createElement("template");
  answer.innerHTML = html;
  for (const head of answer.content.querySelectorAll("[data-head]")) {
    board.querySelector(`[data-head="${CSS.escape(head.dataset.head)}"]`)?.replaceWith(head);
  }
  const fresh = answer.content.querySelector("[data-card]");
  card.replaceWith(fresh);
  if (focus) board.focusOn(fresh);
}
