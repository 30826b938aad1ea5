"""Gift cards over the API: what a shop asks when it sells one, and at its checkout."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Status

from rapport.core.access import Actor, actor_of
from rapport.core.api import Limit, Page, cursor_page
from rapport.core.api.pages import Cursor
from rapport.core.api.problems import Problem
from rapport.core.clock import clock_of
from rapport.governance.registry import default_channel
from rapport.people.queries import person_for
from rapport.promotions.api import refusing
from rapport.promotions.api.gift_schemas import (
    GiftCardIn,
    GiftCardOut,
    GiftEntryOut,
    NewGiftCardOut,
    OwedOut,
    PaymentIn,
    RefundIn,
    TransferIn,
    card_out,
    entry_out,
)
from rapport.promotions.api.schemas import RefusedOut
from rapport.promotions.models import GiftCard, GiftCardEntry
from rapport.promotions.queries import gift_cards as queries
from rapport.promotions.services.claims import bearer_of
from rapport.promotions.services.gift_cards import books, cards, spending, tries
from rapport.promotions.services.refusals import Refused

router = Router(tags=["gift cards"])
SETTLED = {201: GiftEntryOut, 409: RefusedOut, 429: RefusedOut}


@router.get("/gift-cards", response=Page[GiftCardOut], summary="List gift cards, newest first")
def list_gift_cards(
    request: HttpRequest, limit: Limit, cursor: Cursor = None, person: str | None = None
) -> dict[str, Any]:
    actor = actor_of(request)
    actor.require(queries.SEE)
    rows = queries.cards(actor)
    if person:
        rows = rows.filter(person=person_for(actor, person))
    sort = ("-created_at", "id")
    page, following = cursor_page(rows, scope="gift-cards", sort=sort, cursor=cursor, limit=limit)
    return {"data": [card_out(row) for row in page], "next_cursor": following}


@router.post("/gift-cards", response={201: NewGiftCardOut}, summary="Issue a gift card")
def issue_gift_card(request: HttpRequest, body: GiftCardIn) -> Status[dict[str, Any]]:
    actor = actor_of(request)
    if not actor.may(cards.PERMISSION):
        actor.require(cards.SHOP)
    person = bearer_of(actor, body.person).person_id if body.person else None
    if person is None and (body.person or body.deliver_at):
        raise ValidationError({"person": _("Nobody is known by this.")})
    given = body.model_dump(exclude={"person", "channel"})
    channel = body.channel or default_channel().key
    wanted = cards.Order(person_id=person, buyer=person, channel=channel, **given)
    try:
        card = cards.issue(actor=actor, wanted=wanted, clock=clock_of(request))
    except books.Conflict as error:
        raise Problem(409, str(error), {"/body/key": str(error)}) from error
    return Status(201, card_out(card) | {"code": cards.code_of(card)})


@router.get("/gift-cards/liability", response=list[OwedOut], summary="What is owed on gift cards")
def gift_card_liability(request: HttpRequest) -> list[dict[str, Any]]:
    actor = actor_of(request)
    actor.require(queries.SEE)
    names = ("currency", "cards", "balance", "sums")
    return [{name: getattr(row, name) for name in names} for row in queries.liability(actor)]


@router.get(
    "/gift-cards/{uuid:card_id}/entries",
    response=Page[GiftEntryOut],
    summary="List entries of a gift card, newest first",
)
def list_gift_card_entries(
    request: HttpRequest, card_id: uuid.UUID, limit: Limit, cursor: Cursor = None
) -> dict[str, Any]:
    actor = actor_of(request)
    actor.require(queries.SEE)
    card = queries.card_for(actor, card_id)
    rows = queries.entries(card).select_related("card")
    scope = f"gift-card:{card_id}"
    page, following = cursor_page(rows, scope=scope, sort=("-at", "-id"), cursor=cursor, limit=limit)
    return {"data": [entry_out(row) for row in page], "next_cursor": following}


@router.get(
    "/gift-cards/{code}",
    response={200: GiftCardOut, 409: RefusedOut, 429: RefusedOut},
    summary="Read a gift card by its code",
)
def get_gift_card(request: HttpRequest, code: str, client: str = "") -> Any:
    """What is on it. Wrong codes are counted by `client`, the customer's device or network."""
    return _answered(request, code, client, lambda _actor, card: Status(200, card_out(card)))


@router.post("/gift-cards/{code}/redemption", response=SETTLED, summary="Pay with a gift card")
def redeem_gift_card(request: HttpRequest, code: str, body: PaymentIn) -> Any:
    """Takes money off the card for an order. Asked again for the same order it is the same payment."""
    payment = spending.Payment(body.amount, body.currency, body.order_id, body.store, body.key, body.up_to)

    def run(actor: Actor, card: GiftCard) -> GiftCardEntry:
        return spending.redeem(actor=actor, card=card, payment=payment, clock=clock_of(request))

    return _answered(request, code, body.client, run)


@router.post("/gift-cards/{code}/refund", response=SETTLED, summary="Give money back to a gift card")
def refund_gift_card(request: HttpRequest, code: str, body: RefundIn) -> Any:
    """No more than the card paid of the order. A card that has ended holds another ninety days."""
    if body.amount is not None and not body.key:
        raise ValidationError({"key": _("An amount needs a key, so that it is given back once.")})
    given = body.model_dump(exclude={"client", "order_id"})

    def run(actor: Actor, card: GiftCard) -> GiftCardEntry:
        return spending.refund(
            actor=actor, card=card, order_ref=body.order_id, clock=clock_of(request), **given
        )

    return _answered(request, code, body.client, run)


@router.post("/gift-cards/{code}/transfer", response=SETTLED, summary="Put money of a gift card on another")
def transfer_gift_card(request: HttpRequest, code: str, body: TransferIn) -> Any:
    """Both in one currency. The other card then ends no earlier than this one."""
    actor_of(request).require(cards.PERMISSION)

    def run(actor: Actor, card: GiftCard) -> GiftCardEntry:
        return cards.transfer(
            actor=actor, card=card, other=spending.look_up(body.to), amount=body.amount, key=body.key,
            clock=clock_of(request),
        )  # fmt: skip

    return _answered(request, code, "", run)


def _answered(request: HttpRequest, code: str, client: str, run: Callable[[Actor, GiftCard], Any]) -> Any:
    """What `run` says of the card of this code, or why not; wrong codes are counted where they come from."""
    actor = actor_of(request)
    if not actor.may(cards.PERMISSION):
        actor.require(cards.SHOP)
    caller = f"{actor.kind}:{actor.id}"
    try:
        card = tries.look_up(code, client=client, caller=caller, now=clock_of(request).now())
        done = run(actor, card)
    except books.Conflict as error:
        raise Problem(409, str(error)) from error
    except Refused as error:
        return refusing.refused(error)
    return Status(201, entry_out(done)) if isinstance(done, GiftCardEntry) else done
