"""Gift cards pay for orders and get money back: each once, however often and by how many at a time it is asked for."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from rapport.commerce.models import MAIN_STORE
from rapport.core import money
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.promotions.models import GiftCard, GiftCardEntry
from rapport.promotions.services import codes
from rapport.promotions.services.gift_cards import books, cards, news
from rapport.promotions.services.gift_cards.books import Kind
from rapport.promotions.services.refusals import Refusal, Refused

# A card that has ended gets this much longer when an order gives money back to it.
AFTER_REFUND = dt.timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Payment:
    """What an order wants of a card. `key` tells several payments of one order by one card apart."""

    amount: Decimal
    currency: str
    order_ref: str
    store: str = MAIN_STORE
    key: str = ""
    # Whether less will do, if there is not so much on the card.
    up_to: bool = False


def look_up(code: str) -> GiftCard:
    """Raises Refused for a code that no card has."""
    card = GiftCard.objects.filter(digest=cards.digest(code)).first() if codes.normal(code) else None
    if card is None:
        raise Refused(Refusal("unknown_code"))
    return card


@transaction.atomic
def redeem(*, actor: Actor, card: GiftCard, payment: Payment, clock: Clock = SYSTEM) -> GiftCardEntry:
    """Takes money off the card for an order. Raises Refused, Conflict."""
    actor.require(cards.SHOP)
    locked, now = books.lock([card.pk])[card.pk], clock.now()
    key = f"redeem:{payment.store}:{payment.order_ref}:{payment.key}"
    if done := books.written(locked, key, Kind.REDEEM):
        if not (-done.amount == payment.amount or (payment.up_to and -done.amount < payment.amount)):
            raise books.Conflict
        return _with(done, locked)
    _require_usable(locked, now)
    if payment.currency.upper() != locked.currency:
        raise Refused(Refusal("card_currency", {"currency": locked.currency}))
    amount = books.amount_of(payment.amount, locked.currency)
    if amount > locked.balance:
        if not payment.up_to or not locked.balance:
            left = money.rounded(locked.balance, locked.currency)
            raise Refused(Refusal("insufficient", {"balance": f"{left} {locked.currency}"}))
        amount = locked.balance
    entry = books.write(
        locked, Kind.REDEEM, -amount, actor=actor, at=now, key=key, store=payment.store, order_ref=payment.order_ref
    )  # fmt: skip
    news.tell([entry])
    _record(actor, "gift_card.redeemed", entry)
    return entry


def _require_usable(card: GiftCard, now: dt.datetime) -> None:
    if card.blocked:
        raise Refused(Refusal("blocked_card"))
    if card.expires_at and card.expires_at <= now:
        raise Refused(Refusal("expired_card"))


@transaction.atomic
def refund(
    *,
    actor: Actor,
    card: GiftCard,
    store: str,
    order_ref: str,
    amount: Decimal | None = None,
    key: str = "",
    clock: Clock = SYSTEM,
) -> GiftCardEntry:
    """Gives back what the card paid of an order: all that is left of it, or an amount, which needs a key.

    Raises Refused, Conflict.
    """
    actor.require(cards.SHOP)
    there, heirs = books.lock_with_heirs([card.pk])
    locked = there[card.pk]
    full_key = f"refund:{store}:{order_ref}:{key}" if key else ""
    if done := books.written(locked, full_key, Kind.REFUND):
        if amount is not None and done.amount != amount:
            raise books.Conflict
        return _with(done, locked)
    left = books.paid(locked, store, order_ref)
    if not left and not key and (last := _last_refund(locked, store, order_ref)):
        return _with(last, locked)
    back = left if amount is None else books.amount_of(amount, locked.currency)
    if not 0 < back <= left:
        raise Refused(Refusal("not_paid_by", {"paid": f"{money.rounded(left, locked.currency)}"}))
    return _give(actor, locked, back, full_key, store, order_ref, clock.now(), heirs.get(card.pk))


def _give(
    actor: Actor,
    card: GiftCard,
    amount: Decimal,
    key: str,
    store: str,
    order_ref: str,
    now: dt.datetime,
    heir: GiftCard | None,
) -> GiftCardEntry:
    """Money comes back to the card that paid, and goes on to the one that it has become: nobody has the old code."""
    entry = books.write(
        card, Kind.REFUND, amount, actor=actor, at=now, key=key, store=store, order_ref=order_ref
    )
    if card.expires_at and card.expires_at < now + AFTER_REFUND:
        card.expires_at = now + AFTER_REFUND
        card.save(update_fields=["expires_at"])
    if heir is not None:
        cards.move(actor, card, heir, amount, "", now)
    news.tell([entry])
    _record(actor, "gift_card.refunded", entry)
    return entry


def give_back(
    actor: Actor, card_ids: Sequence[uuid.UUID], store: str, order_ref: str, now: dt.datetime
) -> None:
    """An order was cancelled: the cards that paid for it have their money again. In the caller's transaction."""
    locked, heirs = books.lock_with_heirs(card_ids)
    for card_id in card_ids:
        if left := books.paid(locked[card_id], store, order_ref):
            _give(actor, locked[card_id], left, "", store, order_ref, now, heirs.get(card_id))


def _last_refund(card: GiftCard, store: str, order_ref: str) -> GiftCardEntry | None:
    rows = card.entries.filter(kind=Kind.REFUND, store=store, order_ref=order_ref)
    return rows.order_by("-pk").first()


def _with(entry: GiftCardEntry, card: GiftCard) -> GiftCardEntry:
    entry.card = card
    return entry


def _record(actor: Actor, action: str, entry: GiftCardEntry) -> None:
    if actor.kind == "user":
        audit.record(
            actor=actor, action=action, object_type="gift_card", object_id=entry.card_id,
            data={"order": entry.order_ref},
        )  # fmt: skip
