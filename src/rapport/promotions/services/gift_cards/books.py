"""What is on gift cards changes by entries only, under the card's lock, and by the same key once."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from rapport.core import money
from rapport.core.access import Actor
from rapport.promotions.models import GiftCard, GiftCardEntry
from rapport.promotions.services.refusals import Refusal, Refused

Kind = GiftCardEntry.Kind


class Conflict(ValueError):
    """The key stands for something else already; the message says it in words."""

    def __init__(self) -> None:
        super().__init__(_("The key or the order stands for something else already."))


def lock(card_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, GiftCard]:
    """The cards as they are now, locked in one order; in the caller's transaction."""
    rows = GiftCard.objects.filter(pk__in=card_ids).order_by("pk").select_for_update()
    return {row.pk: row for row in rows}


def lock_with_heirs(
    card_ids: Collection[uuid.UUID],
) -> tuple[dict[uuid.UUID, GiftCard], dict[uuid.UUID, GiftCard]]:
    """(the cards and what they became, locked in one order; {replaced card: the card that it is now})."""
    heirs, ends = set(card_ids), dict[uuid.UUID, uuid.UUID]()
    for card_id in card_ids:
        last = card_id
        while following := GiftCard.objects.filter(pk=last).values_list("replaced_by", flat=True).first():
            last = following
        heirs.add(last)
        if last != card_id:
            ends[card_id] = last
    locked = lock(heirs)
    return locked, {card_id: locked[last] for card_id, last in ends.items()}


def amount_of(value: Decimal, currency: str) -> Decimal:
    """Raises Refused for what is no sum of money in this currency."""
    if value <= 0 or money.rounded(value, currency) != value:
        raise Refused(Refusal("no_amount", {"currency": currency}))
    return value


def write(
    card: GiftCard,
    kind: Kind,
    amount: Decimal,
    *,
    actor: Actor,
    at: dt.datetime,
    key: str = "",
    store: str = "",
    order_ref: str = "",
    pair: uuid.UUID | None = None,
    note: str = "",
) -> GiftCardEntry:
    """Adds an entry to a locked card. The database carries the balance along; here it is what it will say."""
    entry = GiftCardEntry.objects.create(
        card=card, kind=kind, amount=amount, key=key, store=store, order_ref=order_ref, pair=pair,
        note=note[:254], actor=actor.label[:254], at=at,
    )  # fmt: skip
    card.balance += amount
    return entry


def written(card: GiftCard, key: str, kind: Kind) -> GiftCardEntry | None:
    """What the key stands for on this card. Raises Conflict if that is of another kind."""
    entry = card.entries.filter(key=key).first() if key else None
    if entry is not None and entry.kind != kind:
        raise Conflict
    return entry


def paid(card: GiftCard, store: str, order_ref: str) -> Decimal:
    """What the card has paid of an order, less what came back."""
    rows = card.entries.filter(kind__in=(Kind.REDEEM, Kind.REFUND), store=store, order_ref=order_ref)
    return -(rows.aggregate(sum=Sum("amount"))["sum"] or Decimal(0))
