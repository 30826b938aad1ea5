"""Bodies and answers of gift cards over the API."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Annotated, Any, Literal

from ninja import Field

from rapport.commerce.models import MAIN_STORE
from rapport.core.api import InputSchema, Schema
from rapport.promotions.models import GiftCard, GiftCardEntry

EntryKind = Literal["issue", "redeem", "refund", "expire", "adjust", "transfer", "cancel"]
Amount = Annotated[Decimal, Field(gt=0, lt=10**9)]
DEVICE = "The customer's device or network; only a hash is kept."


class GiftCardIn(InputSchema):
    """A gift card. `person` has it: by identifiers of any type, or `id`.

    With `deliver_at` it is sent on that day, to `recipient_email` if there is one, else to the person.
    """

    amount: Amount
    currency: str = Field(min_length=3, max_length=3)
    person: dict[str, str] = Field(default_factory=dict)
    code: str = Field("", max_length=64, description="Of a card that another system gave out already.")
    key: str = Field("", max_length=200, description="By the same key it is the same card.")
    expires_at: dt.datetime | None = Field(None, description="Otherwise as the rules say.")
    recipient_name: str = Field("", max_length=120)
    recipient_email: str = Field("", max_length=254)
    giver_name: str = Field("", max_length=120)
    greeting: str = Field("", max_length=1000)
    channel: str = Field("", max_length=40, description="What it is sent over; email if it is left out.")
    deliver_at: dt.datetime | None = None


class GiftCardOut(Schema):
    """`ending` is what of the code may be shown."""

    id: uuid.UUID
    ending: str
    currency: str
    balance: Decimal
    person_id: uuid.UUID | None
    expires_at: dt.datetime | None
    blocked: bool
    order_id: str
    deliver_at: dt.datetime | None
    created_at: dt.datetime


class NewGiftCardOut(GiftCardOut):
    """With the code, which is told this once."""

    code: str


class PaymentIn(InputSchema):
    """What an order takes off the card. The same order again is the same payment, unless `key` says otherwise."""

    amount: Amount
    currency: str = Field(min_length=3, max_length=3)
    order_id: str = Field(min_length=1, max_length=254)
    store: str = Field(MAIN_STORE, min_length=1, max_length=64)
    key: str = Field("", max_length=20)
    up_to: bool = Field(False, description="Whether less will do, if there is not so much on the card.")
    client: str = Field("", max_length=254, description=DEVICE)


class RefundIn(InputSchema):
    """What goes back to the card of an order: all that it paid, or an `amount`, which needs a `key`."""

    order_id: str = Field(min_length=1, max_length=254)
    store: str = Field(MAIN_STORE, min_length=1, max_length=64)
    amount: Amount | None = None
    key: str = Field("", max_length=20)
    client: str = Field("", max_length=254, description=DEVICE)


class TransferIn(InputSchema):
    """What goes to the card of the code `to`: an `amount`, or all there is."""

    to: str = Field(min_length=1, max_length=64)
    amount: Amount | None = None
    key: str = Field("", max_length=200)


class GiftEntryOut(Schema):
    """One entry of a card; `amount` is negative where money left it, `balance` what is on it now."""

    id: int
    card_id: uuid.UUID
    kind: EntryKind
    amount: Decimal
    currency: str
    balance: Decimal
    order_id: str
    store: str
    at: dt.datetime


class OwedOut(Schema):
    """What is owed on cards in a currency, and how it came about: the sums of entries by kind add up to it."""

    currency: str
    cards: int
    balance: Decimal
    sums: dict[str, Decimal]


def card_out(row: GiftCard) -> dict[str, Any]:
    names = (
        "id", "ending", "currency", "balance", "person_id", "expires_at", "blocked", "deliver_at", "created_at",
    )  # fmt: skip
    return {name: getattr(row, name) for name in names} | {"order_id": row.order_ref}


def entry_out(row: GiftCardEntry) -> dict[str, Any]:
    card = row.card
    names = ("id", "card_id", "kind", "amount", "store", "at")
    given = {name: getattr(row, name) for name in names}
    return given | {"order_id": row.order_ref, "currency": card.currency, "balance": card.balance}
