"""Gift cards come into being, are blocked, corrected, replaced, and put together."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core import crypto, money, sql
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.queries import workspace
from rapport.core.services import audit
from rapport.promotions.models import GiftCard, GiftCardEntry, GiftCardRules
from rapport.promotions.services import codes
from rapport.promotions.services.claims import lock_number
from rapport.promotions.services.gift_cards import books, news, terms
from rapport.promotions.services.gift_cards.books import Kind
from rapport.promotions.services.refusals import Refusal, Refused

PERMISSION, SHOP = "gift_cards.edit", "gift_cards.redeem"
PURPOSE = "gift card"
LENGTH, SHORTEST = 16, 8
MOST = Decimal(1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A card that somebody wants. `code` is one that another system gave out already."""

    amount: Decimal
    currency: str
    person_id: uuid.UUID | None = None
    code: str = ""
    key: str = ""
    expires_at: dt.datetime | None = None
    buyer: uuid.UUID | None = None
    store: str = ""
    order: uuid.UUID | None = None
    order_ref: str = ""
    position: int = 0
    recipient_name: str = ""
    recipient_email: str = ""
    giver_name: str = ""
    greeting: str = ""
    channel: str = ""
    deliver_at: dt.datetime | None = None


def rules() -> GiftCardRules:
    return GiftCardRules.objects.select_related("template", "post_template").first() or GiftCardRules()


@transaction.atomic
def set_rules(*, actor: Actor, values: dict[str, Any]) -> None:
    """Cards that are out keep their end; those that could not be sent are tried again."""
    actor.require(PERMISSION)
    GiftCardRules.objects.update_or_create(pk=1, defaults=values)
    GiftCard.objects.filter(ordered_at=None).exclude(problem="").update(problem="")
    audit.record(actor=actor, action="gift_cards.rules", object_type="gift_card_rules", object_id=1)


def digest(code: str) -> str:
    """What a code is looked up by: nobody who has the table can reckon it without the installation's key."""
    return crypto.address_hash(PURPOSE, codes.normal(code))


def code_of(card: GiftCard) -> str:
    """As it is printed, in groups of four. Raises crypto.Unreadable."""
    code = crypto.open_sealed(PURPOSE, card.sealed)
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


@transaction.atomic
def issue(*, actor: Actor, wanted: Order, clock: Clock = SYSTEM) -> GiftCard:
    """A card with its money on it; by the same key it is the same card. Raises ValidationError, Conflict."""
    if not actor.may(PERMISSION):
        actor.require(SHOP)
    if wanted.key:
        # Of two calls at the same moment the second waits, and finds the card.
        sql.run("SELECT pg_advisory_xact_lock(%b)", [lock_number("gift card", wanted.key)])
        if same := GiftCard.objects.filter(key=wanted.key).first():
            return _same(same, wanted)
    return issue_many(actor, [wanted], clock)[0]


def _same(card: GiftCard, wanted: Order) -> GiftCard:
    first = card.entries.filter(kind=Kind.ISSUE).first()
    if first is None or first.amount != wanted.amount or card.currency != wanted.currency.upper():
        raise books.Conflict
    return card


def issue_many(actor: Actor, wanted: Sequence[Order], clock: Clock) -> list[GiftCard]:
    """In the caller's transaction, by few statements. Raises ValidationError."""
    now, terms_now, zone = clock.now(), rules(), workspace().time_zone
    default_end = terms.ends(terms_now.country, terms_now.months, now, zone)
    cards = [_made(order, now, order.expires_at or default_end) for order in wanted]
    if GiftCard.objects.filter(digest__in=[card.digest for card in cards]).exists():
        raise ValidationError({"code": _("There is a gift card of this code already.")})
    GiftCard.objects.bulk_create(cards)
    entries = [
        GiftCardEntry(
            card=card, kind=Kind.ISSUE, amount=order.amount, store=card.store, order_ref=card.order_ref,
            actor=actor.label[:254], at=now,
        )
        for card, order in zip(cards, wanted, strict=True)
    ]  # fmt: skip
    GiftCardEntry.objects.bulk_create(entries)
    for card, entry in zip(cards, entries, strict=True):
        card.balance = entry.amount
        _record(actor, "gift_card.issued", card)
    news.tell(entries)
    return cards


def _made(wanted: Order, now: dt.datetime, ends: dt.datetime | None) -> GiftCard:
    code = codes.normal(wanted.code) if wanted.code else codes.random_codes(1, LENGTH)[0]
    if len(code) < SHORTEST:
        raise ValidationError({"code": _("At least %(least)d letters or digits.") % {"least": SHORTEST}})
    try:
        currency = money.currency_code(wanted.currency)
    except money.MoneyError as error:
        raise ValidationError({"currency": str(error)}) from error
    if not 0 < wanted.amount <= MOST or money.rounded(wanted.amount, currency) != wanted.amount:
        raise ValidationError({"amount": _("An amount of money above nothing, and at most a million.")})
    if ends is not None and ends <= now:
        raise ValidationError({"expires_at": _("That is over already.")})
    kept = (
        "key", "buyer", "store", "order", "order_ref", "position", "recipient_name", "recipient_email", "giver_name",
        "greeting", "channel", "deliver_at", "person_id",
    )  # fmt: skip
    return GiftCard(
        digest=digest(code), sealed=crypto.seal(PURPOSE, code), ending=code[-4:], currency=currency, expires_at=ends,
        created_at=now, **{name: getattr(wanted, name) for name in kept},
    )  # fmt: skip


@transaction.atomic
def block(*, actor: Actor, card: GiftCard, blocked: bool) -> None:
    """A blocked card pays nothing; what is on it stays."""
    actor.require(PERMISSION)
    if GiftCard.objects.filter(pk=card.pk, blocked=not blocked).update(blocked=blocked):
        _record(actor, "gift_card.blocked" if blocked else "gift_card.unblocked", card)


@transaction.atomic
def adjust(
    *, actor: Actor, card: GiftCard, amount: Decimal, note: str, key: str = "", clock: Clock = SYSTEM
) -> GiftCardEntry:
    """Corrects what is on a card, up or down, by hand and with a reason. Raises Refused, Conflict."""
    actor.require(PERMISSION)
    locked = books.lock([card.pk])[card.pk]
    if done := books.written(locked, key, Kind.ADJUST):
        return done
    books.amount_of(abs(amount), locked.currency)
    _require(locked, -amount)
    _record(actor, "gift_card.corrected", locked)
    return books.write(
        locked, Kind.ADJUST, amount, actor=actor, at=clock.now(), key=key, note=note or _("by hand")
    )


@transaction.atomic
def transfer(
    *,
    actor: Actor,
    card: GiftCard,
    other: GiftCard,
    amount: Decimal | None = None,
    key: str = "",
    clock: Clock = SYSTEM,
) -> GiftCardEntry:
    """Money, or all there is, goes to another card, which then ends no earlier. Raises Refused, Conflict."""
    actor.require(PERMISSION)
    locked = books.lock([card.pk, other.pk])
    if done := books.written(locked[card.pk], key, Kind.TRANSFER):
        return done
    if card.pk == other.pk or locked[card.pk].currency != locked[other.pk].currency:
        raise Refused(Refusal("card_currency", {"currency": locked[card.pk].currency}))
    moved = move(actor, locked[card.pk], locked[other.pk], amount, key, clock.now())
    _record(actor, "gift_card.transferred", locked[card.pk])
    return moved


@transaction.atomic
def replace(*, actor: Actor, card: GiftCard, clock: Clock = SYSTEM) -> GiftCard:
    """A new code for a card that was lost: what is on it goes over, and the old one is blocked. Raises Refused."""
    actor.require(PERMISSION)
    old = books.lock([card.pk])[card.pk]
    code = codes.random_codes(1, LENGTH)[0]
    new = GiftCard.objects.create(
        digest=digest(code), sealed=crypto.seal(PURPOSE, code), ending=code[-4:], currency=old.currency,
        expires_at=old.expires_at, person_id=old.person_id, buyer=old.buyer, created_at=clock.now(),
    )  # fmt: skip
    move(actor, old, new, None, "", clock.now())
    GiftCard.objects.filter(pk=old.pk).update(blocked=True, replaced_by=new)
    _record(actor, "gift_card.replaced", old)
    return new


def move(
    actor: Actor, card: GiftCard, other: GiftCard, amount: Decimal | None, key: str, now: dt.datetime
) -> GiftCardEntry:
    """Money goes from one locked card to another, which then ends no earlier. Raises Refused."""
    moved = books.amount_of(card.balance if amount is None else amount, card.currency)
    _require(card, moved)
    pair = uuid.uuid4()
    taken = books.write(card, Kind.TRANSFER, -moved, actor=actor, at=now, key=key, pair=pair, note=str(other))
    books.write(other, Kind.TRANSFER, moved, actor=actor, at=now, pair=pair, note=str(card))
    if other.expires_at and (card.expires_at is None or card.expires_at > other.expires_at):
        GiftCard.objects.filter(pk=other.pk).update(expires_at=card.expires_at)
    return taken


def _require(card: GiftCard, amount: Decimal) -> None:
    """Raises Refused where there is less on the card."""
    if amount > card.balance:
        raise Refused(Refusal("insufficient", {"balance": f"{money.rounded(card.balance, card.currency)}"}))


def _record(actor: Actor, action: str, card: GiftCard) -> None:
    audit.record(actor=actor, action=action, object_type="gift_card", object_id=card.pk)
