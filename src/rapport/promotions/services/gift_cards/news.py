"""Domain events of gift cards, of those who have them; in the transaction of their entries."""

from __future__ import annotations

from collections.abc import Iterable

from rapport.core.services import outbox
from rapport.core.services.outbox import DomainEvent
from rapport.promotions.models import GiftCardEntry

Kind = GiftCardEntry.Kind
EVENTS = {
    Kind.ISSUE: "Gift Card Issued",
    Kind.REDEEM: "Gift Card Redeemed",
    Kind.REFUND: "Gift Card Refunded",
    Kind.EXPIRE: "Gift Card Expired",
}


def tell(entries: Iterable[GiftCardEntry]) -> None:
    """The code is never told: whoever reads events could spend it."""
    outbox.emit_many(
        DomainEvent(
            EVENTS[Kind(entry.kind)],
            entry.card.person_id,
            _properties(entry),
            f"gift-card-{entry.pk}",
            entry.at,
        )
        for entry in entries
        if entry.card.person_id is not None and entry.kind in EVENTS
    )


def _properties(entry: GiftCardEntry) -> dict[str, object]:
    card = entry.card
    given = {
        "gift_card_id": str(card.pk),
        "ending": card.ending,
        "amount": float(abs(entry.amount)),
        "balance": float(card.balance),
        "currency": card.currency,
        "order_id": entry.order_ref,
        "expires_at": card.expires_at.isoformat() if card.expires_at else "",
    }
    return {name: value for name, value in given.items() if value != ""}
