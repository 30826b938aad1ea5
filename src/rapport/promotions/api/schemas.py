"""Bodies and answers of promotions and coupons over the API."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Annotated, Any, Literal

from ninja import Field

from rapport.commerce.models import MAIN_STORE
from rapport.core.api import InputSchema, ProblemBody, Schema
from rapport.promotions.models import Coupon, Promotion, Redemption

PromotionKind = Literal["percent", "amount", "free_shipping", "product"]
PromotionState = Literal["active", "stopped"]
Issuing = Literal["single", "pool", "shared"]
RedemptionState = Literal["reserved", "redeemed", "released", "lapsed", "cancelled"]
Names = Annotated[list[Annotated[str, Field(max_length=1000)]], Field(max_length=1000)]
Count = Annotated[int, Field(ge=1, le=2_000_000_000)]


class PromotionIn(InputSchema):
    """What somebody gets, and when. What is left out has no condition."""

    name: str = Field(min_length=1, max_length=120)
    description: str = Field("", max_length=500)
    kind: PromotionKind
    percent: Decimal | None = None
    amount: Decimal | None = None
    currency: str = ""
    most_discount: Decimal | None = None
    free_quantity: Count = 1
    products: Names = Field([], description="Ids or SKUs of the products it is for; empty for all.")
    categories: Names = Field([], description="Paths, with all that is below them.")
    segment: str = Field("", description="Key or id of the segment it is for.")
    first_order: bool = False
    minimum: Decimal | None = Field(None, description="What the fitting goods must come to.")
    minimum_quantity: Count | None = None
    combines: bool = Field(False, description="May be used beside others that may, too.")
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    valid_days: Count | None = None
    remind_days: Count | None = None
    person_limit: Count | None = None
    total_limit: Count | None = None
    budget: Decimal | None = None
    issuing: Issuing = "single"


class NewPromotionIn(PromotionIn):
    """`key` names it in templates: `{{ coupon.KEY }}`."""

    key: str = Field(min_length=1, max_length=40)


class PromotionOut(Schema):
    key: str
    name: str
    description: str
    state: PromotionState
    kind: PromotionKind
    percent: Decimal | None
    amount: Decimal | None
    currency: str
    most_discount: Decimal | None
    free_quantity: int
    products: list[str]
    categories: list[str]
    segment: str
    first_order: bool
    minimum: Decimal | None
    minimum_quantity: int | None
    combines: bool
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    valid_days: int | None
    remind_days: int | None
    person_limit: int | None
    total_limit: int | None
    budget: Decimal | None
    issuing: Issuing
    created_at: dt.datetime

    @staticmethod
    def resolve_segment(row: Promotion) -> str:
        return row.segment.key if row.segment else ""


class CodesIn(InputSchema):
    """Single codes to be made in the background."""

    count: int = Field(ge=1, le=10_000_000)
    length: int = Field(12, ge=6, le=24)
    prefix: str = Field("", max_length=20)
    expires_at: dt.datetime | None = None


class BatchOut(Schema):
    """`job` is the background job that makes them."""

    id: int
    wanted: int
    ready: int
    job: uuid.UUID | None

    @staticmethod
    def resolve_job(row: Any) -> uuid.UUID | None:
        job: uuid.UUID | None = row.job_id
        return job


class CouponIn(InputSchema):
    """One code: of `code`'s own wording (shared, unless `max_uses` says how often), or issued to a `person`."""

    promotion: str = Field(min_length=1, max_length=40)
    code: str = Field("", max_length=64)
    max_uses: Count | None = None
    expires_at: dt.datetime | None = None
    person: dict[str, str] = Field(
        default_factory=dict,
        description="Identifiers by type, or `id`: the code that is theirs, the same each time.",
    )


class CouponOut(Schema):
    code: str
    promotion: str
    person_id: uuid.UUID | None
    issued_at: dt.datetime | None
    expires_at: dt.datetime | None
    max_uses: int | None
    uses: int
    blocked: bool

    @staticmethod
    def resolve_code(row: Coupon) -> str:
        return str(row)

    @staticmethod
    def resolve_promotion(row: Coupon) -> str:
        return row.promotion.key


class BasketLineIn(InputSchema):
    product_id: str = ""
    sku: str = ""
    category: str = ""
    quantity: Annotated[Decimal, Field(ge=0, lt=10**9)] = Decimal(1)
    price: Annotated[Decimal, Field(ge=0, lt=10**12)] = Decimal(0)
    discount: Annotated[Decimal, Field(ge=0, lt=10**12)] = Decimal(0)


class CartIn(InputSchema):
    """What is bought: products, or only their `total`. `coupons` are the other codes used with it."""

    currency: str = Field(min_length=3, max_length=3)
    products: list[BasketLineIn] = Field([], max_length=1000)
    total: Annotated[Decimal, Field(ge=0, lt=10**12)] | None = None
    shipping: Annotated[Decimal, Field(ge=0, lt=10**12)] = Decimal(0)
    coupons: list[str] = Field([], max_length=50)


class ClaimIn(InputSchema):
    """Who wants to use the code, and for what."""

    cart: CartIn | None = None
    person: dict[str, str] = Field(
        default_factory=dict, description="Identifiers by type (`user_id`, `email`), or `id`."
    )
    store: str = Field(MAIN_STORE, min_length=1, max_length=64)
    cart_id: str = Field("", max_length=254)
    address: str = Field("", max_length=1000, description="Where it goes; only a hash is kept.")
    client: str = Field(
        "", max_length=254, description="The customer's device or network; only a hash is kept."
    )


class CheckIn(ClaimIn):
    cart: CartIn
    order_id: str = Field("", max_length=254)


class ReservationIn(ClaimIn):
    cart: CartIn
    cart_id: str = Field(min_length=1, max_length=254)
    minutes: int = Field(20, ge=1, le=1440)


class RedemptionIn(ClaimIn):
    """`cart` may be left out where the code is reserved under the same `cart_id`."""

    order_id: str = Field(min_length=1, max_length=254)


class EndIn(InputSchema):
    store: str = Field(MAIN_STORE, min_length=1, max_length=64)
    order_id: str = Field(min_length=1, max_length=254)
    reason: str = Field("", max_length=254)


class RedemptionOut(Schema):
    """`shares` is what comes off each product of the cart, in its order; `shipping` off the shipping."""

    id: uuid.UUID
    code: str
    promotion: str
    state: RedemptionState
    person_id: uuid.UUID | None
    store: str
    order_id: str
    cart_id: str
    discount: Decimal
    currency: str
    at: dt.datetime
    reserved_until: dt.datetime | None
    shares: list[Decimal] = []
    shipping: Decimal = Decimal(0)


class ReasonOut(Schema):
    """Why a code does not hold: `code` is for programs and stays the same, `detail` for people."""

    code: str
    detail: str


class RefusedOut(ProblemBody):
    """A problem whose `reason` says why the code does not hold; all reasons are in `reasons`."""

    reason: str
    reasons: list[ReasonOut]


class CheckOut(Schema):
    holds: bool
    promotion: str
    discount: Decimal
    shares: list[Decimal]
    shipping: Decimal
    reasons: list[ReasonOut]


def redemption_out(row: Redemption, shares: Any = (), shipping: Decimal = Decimal(0)) -> dict[str, Any]:
    """A redemption in the API's names."""
    return {
        "id": row.pk, "code": str(row.coupon), "promotion": row.promotion.key, "state": row.state,
        "person_id": row.person_id, "store": row.store, "order_id": row.order_ref, "cart_id": row.cart_ref,
        "discount": row.discount, "currency": row.currency, "at": row.at, "reserved_until": row.reserved_until,
        "shares": list(shares), "shipping": shipping,
    }  # fmt: skip
