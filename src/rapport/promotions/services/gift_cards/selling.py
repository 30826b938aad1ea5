"""Orders sell gift cards: one for each piece of a line whose product is one, for what the piece costs.

They follow the order: what is cancelled or returned is taken back from its cards as far as it is still there, and an
order that gift cards paid for gives them their money again when it is cancelled.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db.models import QuerySet, Sum

from rapport.commerce.models import Order, OrderLine
from rapport.core import money
from rapport.core.access import system
from rapport.core.clock import Clock
from rapport.governance.registry import default_channel
from rapport.promotions.models import GiftCard, GiftCardEntry
from rapport.promotions.services.gift_cards import books, cards, spending
from rapport.promotions.services.gift_cards.books import Kind

logger = logging.getLogger("rapport.promotions")
ACTOR = system("gift cards")
# A position of a line times this, and the number of the piece: what a card is known by.
PIECES = 1_000
UNPAID = (Order.Payment.PENDING, Order.Payment.PART_PAID, Order.Payment.FAILED)


def products() -> list[str]:
    """Ids and SKUs of what sells gift cards."""
    sold: list[str] = cards.rules().products
    return sold


def follow(orders: Sequence[Order], clock: Clock) -> None:
    """In the transaction that follows orders; `lines` are there already."""
    sold, now = set(products()), clock.now()
    there: dict[uuid.UUID | None, list[GiftCard]] = {}
    for card in GiftCard.objects.filter(order__in=[order.pk for order in orders]):
        there.setdefault(card.order, []).append(card)
    wanted: list[cards.Order] = []
    for order in orders:
        # Without a rule any more, the cards that an order sold stay as they are.
        pieces = _pieces(order, sold) if sold else {}
        present = there.get(order.pk, [])
        if order.payment_state not in UNPAID:
            wanted += _lacking(order, pieces, {card.position for card in present}, clock)
        if order.state == Order.State.CANCELLED or sold:
            _take_back([card for card in present if card.position not in pieces], clock)
        if order.state == Order.State.CANCELLED:
            paid = GiftCardEntry.objects.filter(
                store=order.store, order_ref=order.external_id, kind=Kind.REDEEM
            )
            ids = set(paid.values_list("card_id", flat=True))
            spending.give_back(ACTOR, sorted(ids), order.store, order.external_id, now)
    if wanted:
        _issue(wanted, clock)


def _issue(wanted: Sequence[cards.Order], clock: Clock) -> None:
    """A piece that can be no card, say for more than a million, is left out: it holds up no other order."""
    try:
        cards.issue_many(ACTOR, wanted, clock)
    except ValidationError as error:
        if len(wanted) == 1:
            logger.exception("a piece of the order %s is no gift card: %s", wanted[0].order, error.messages)
            return
        half = len(wanted) // 2
        _issue(wanted[:half], clock)
        _issue(wanted[half:], clock)


def _pieces(order: Order, sold: set[str]) -> dict[int, OrderLine]:
    """{position of a card: the line that sells it}; none of an order that does not stand, or whose money went back."""
    if order.state in Order.NOT_STANDING or order.payment_state == Order.Payment.REFUNDED:
        return {}
    return {
        line.position * PIECES + piece: line
        for line in order.lines.all()
        if sold & {line.product_ref, line.sku} and line.price and line.price > 0
        for piece in range(min(int(Decimal(str(line.quantity)) - Decimal(str(line.returned))), PIECES))
    }


def _lacking(
    order: Order, pieces: dict[int, OrderLine], present: set[int], clock: Clock
) -> Iterable[cards.Order]:
    for position, line in pieces.items():
        if position not in present and line.price:
            yield cards.Order(
                amount=money.rounded(line.price, order.currency), currency=order.currency,
                person_id=order.person_id, buyer=order.person_id, store=order.store, order=order.pk,
                order_ref=order.external_id, position=position, channel=default_channel().key,
                deliver_at=clock.now() if order.person_id else None,
            )  # fmt: skip


def _take_back(surplus: Sequence[GiftCard], clock: Clock) -> None:
    """What is still on them; they are blocked, because nobody paid for them in the end."""
    ids = [card.pk for card in surplus if not card.blocked or card.balance or card.replaced_by_id]
    locked, heirs = books.lock_with_heirs(ids)
    for sold in (locked[card_id] for card_id in ids):
        heir = heirs.get(sold.pk)
        # Of a card that it became only what it had brought: other money may have come to that.
        for card, most in ((sold, sold.balance), *([(heir, _brought(sold, heir))] if heir else [])):
            if back := min(card.balance, most):
                books.write(
                    card, Kind.CANCEL, -back, actor=ACTOR, at=clock.now(), order_ref=sold.order_ref, store=sold.store
                )  # fmt: skip
            if not card.balance and not card.blocked:
                card.blocked = True
                card.save(update_fields=["blocked"])


def _brought(sold: GiftCard, heir: GiftCard) -> Decimal:
    """What went over from the sold card to the one that it is now, less what was taken back of it.

    Of a card between them no more went on than had come to it.
    """
    path, ours = [sold], {sold.pk: Decimal("Infinity")}
    while (last := path[-1]).pk != heir.pk and (card := last.replaced_by) is not None:
        back = card.entries.filter(kind=Kind.CANCEL, store=sold.store, order_ref=sold.order_ref)
        came = sum((min(ours[before.pk], _moved(before, card)) for before in path), Decimal(0))
        ours[card.pk] = max(came + _sum(back), Decimal(0))
        path.append(card)
    return ours[heir.pk]


def _moved(card: GiftCard, other: GiftCard) -> Decimal:
    there = other.entries.filter(kind=Kind.TRANSFER, amount__gt=0).values("pair")
    return -_sum(card.entries.filter(kind=Kind.TRANSFER, amount__lt=0, pair__in=there))


def _sum(entries: QuerySet[GiftCardEntry]) -> Decimal:
    return entries.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
