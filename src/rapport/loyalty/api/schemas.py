"""Bodies of the API of loyalty."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field, field_validator

from rapport.core.api import InputSchema, Schema

RuleKind = Literal["spent", "order", "piece", "multiplier", "event"]
AccountStatus = Literal["active", "blocked", "closed"]
TierMeasure = Literal["points", "spent", "orders"]
TierPeriod = Literal["rolling", "calendar"]
BadgeMeasure = Literal["orders", "categories", "spent"]
BadgePeriod = Literal["month", "year", "ever"]
ReferralState = Literal["waiting", "pending", "rewarded", "refused"]
BookingKind = Literal["earn", "spend", "correct", "transfer"]
EntryKind = Literal["earn", "reverse", "settle", "spend", "expire", "correct", "transfer"]


class RuleIn(InputSchema):
    """How points are earned. What is left empty means everything, everybody, always."""

    name: str = Field(min_length=1, max_length=120)
    kind: RuleKind
    points: int = Field(0, ge=0, le=1_000_000)
    per_amount: Decimal = Field(Decimal(1), gt=0)
    factor: Decimal = Field(Decimal(1), ge=1, lt=10_000)
    event: str = Field("", max_length=200)
    most: int = Field(0, ge=0, le=1_000_000)
    products: list[str] = []
    categories: list[str] = []
    brands: list[str] = []
    segment: str = Field("", max_length=64)
    weekdays: list[Literal[0, 1, 2, 3, 4, 5, 6]] = Field([], description="0 is Monday.")
    minimum: Decimal = Field(Decimal(0), ge=0)
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None


class RuleOut(Schema):
    id: int
    name: str
    kind: str
    points: int
    per_amount: Decimal
    factor: Decimal
    event: str
    most: int
    products: list[str]
    categories: list[str]
    brands: list[str]
    segment: str
    weekdays: list[int]
    minimum: Decimal
    starts_at: dt.datetime
    ends_at: dt.datetime | None


class ProgramIn(InputSchema):
    """A programme with the rules it begins with."""

    key: str = Field(max_length=40)
    name: str = Field(max_length=120)
    currency: str
    zone: str = Field(max_length=64)
    starts_on: dt.date
    enrols_everybody: bool = True
    return_days: int = Field(30, ge=0, le=365)
    expiry_months: int = Field(24, ge=0, le=240)
    allows_transfers: bool = False
    referral_points: int = Field(
        0, ge=0, le=1_000_000, description="For a member whose code brings somebody."
    )
    referred_points: int = Field(0, ge=0, le=1_000_000, description="For whom the code brings.")
    referral_most: int = Field(20, ge=0, le=10_000, description="So many a year are rewarded.")
    point_value: Decimal = Field(Decimal(0), ge=0, lt=10**9)
    rules: list[RuleIn] = Field([], max_length=100)


class ProgramOut(Schema):
    key: str
    name: str
    currency: str
    zone: str
    starts_on: dt.date
    enrols_everybody: bool
    return_days: int
    expiry_months: int
    allows_transfers: bool
    referral_points: int
    referred_points: int
    referral_most: int
    point_value: Decimal
    archived_at: dt.datetime | None


class TierIn(InputSchema):
    """A tier; one of the same name is the same tier."""

    name: str = Field(min_length=1, max_length=60)
    threshold: Decimal = Field(ge=0, lt=10**12)
    benefits: str = Field("", max_length=2_000, description="In words, one a line.")


class TierOut(Schema):
    name: str
    threshold: Decimal
    benefits: str


class TiersIn(InputSchema):
    """All tiers of a programme, and how they are reached and lost."""

    measure: TierMeasure = "points"
    period: TierPeriod = "rolling"
    months: int = Field(12, ge=1, le=120, description="How many months count, if `period` is rolling.")
    grace_days: int = Field(0, ge=0, le=730)
    soft_landing: bool = True
    tiers: list[TierIn] = Field(max_length=12)


class TiersOut(Schema):
    measure: TierMeasure
    period: TierPeriod
    months: int
    grace_days: int
    soft_landing: bool
    tiers: list[TierOut]


class AccountTier(Schema):
    """Where the member stands. `until`: when it is lost if nothing more is collected; `value` is what counts now."""

    name: str | None
    since: dt.datetime | None
    until: dt.datetime | None
    benefits: str
    value: Decimal
    next_tier: str | None
    missing: Decimal | None


class BadgeIn(InputSchema):
    """A challenge; one of the same name is the same badge."""

    name: str = Field(min_length=1, max_length=60)
    measure: BadgeMeasure
    period: BadgePeriod
    threshold: Decimal = Field(gt=0, lt=10**12)
    points: int = Field(0, ge=0, le=1_000_000, description="Given with it, and taken back with it.")


class BadgeOut(Schema):
    name: str
    measure: BadgeMeasure
    period: BadgePeriod
    threshold: Decimal
    points: int


class AccountBadge(BadgeOut):
    """How far the member is in the present period, and in how many periods the badge was earned."""

    value: Decimal
    times: int
    is_earned: bool


class AccountIn(InputSchema):
    """Who becomes a member. Whoever is one stays so."""

    program: str = "loyalty"
    person_id: uuid.UUID
    card_number: str = Field("", max_length=64)


class AccountOut(Schema):
    """`owed` is what was taken back after it had been spent."""

    id: uuid.UUID
    program: str
    person_id: uuid.UUID | None
    card_number: str
    status: AccountStatus
    joined_at: dt.datetime
    points: int
    pending: int
    owed: int
    referral_code: str
    tier: AccountTier | None


class PersonAccountOut(AccountOut):
    """An account of a person, with the badges on offer and how far they are."""

    badges: list[AccountBadge]


class ReferralIn(InputSchema):
    """Whom a member's code brought. The same again is the same referral."""

    code: str = Field(min_length=1, max_length=20)
    person_id: uuid.UUID
    device: str = Field(
        "", max_length=254, description="What the shop knows their device by; a digest is kept."
    )
    payment: str = Field(
        "", max_length=254, description="What the shop knows their card by; a digest is kept."
    )


class ReferralOut(Schema):
    """`reason` says in words why it was refused."""

    id: int
    state: ReferralState
    reason: str
    created_at: dt.datetime
    order: uuid.UUID | None
    due_at: dt.datetime | None


class EntryIn(InputSchema):
    """What is to be booked. The same key of a source is booked once, however often it is sent."""

    kind: BookingKind
    points: int = Field(description="How many; a correction may be less than nothing.")
    key: str = Field(min_length=1, max_length=200)
    source: str = Field("api", min_length=1, max_length=60, pattern="^[a-z][a-z0-9_.-]*$")
    note: str = Field("", max_length=254)
    other: uuid.UUID | None = Field(None, description="The account that gets what is transferred.")
    available_at: dt.datetime | None = Field(
        None, description="Points that are earned are pending until then."
    )

    @field_validator("source")
    @classmethod
    def _of_their_own(cls, value: str) -> str:
        """Entries of orders, referrals and rewards are known by these: another one there would keep them out."""
        if value in {"order", "referral", "reward", "badge"}:
            raise ValueError("This source is Rapport's own; name your till or your system")
        return value


class RewardIn(InputSchema):
    """Something members get for points; `stock` empty: as many as are wanted."""

    program: str = "loyalty"
    name: str = Field(max_length=120)
    points: int = Field(ge=1, le=10**9)
    stock: int | None = Field(None, ge=0, le=10**9)


class RewardOut(Schema):
    id: int
    program: str
    name: str
    points: int
    stock: int | None


class RedemptionIn(InputSchema):
    """Who takes the reward. The same key is the same redemption."""

    account: uuid.UUID
    key: str = Field(min_length=1, max_length=200)


class EntryOut(Schema):
    id: int
    kind: EntryKind
    points: int
    source: str
    key: str
    at: dt.datetime
    order: uuid.UUID | None
    note: str
    reasons: list[dict[str, Any]]


class Booked(EntryOut):
    """The entry, and what the account holds now."""

    balance: int
    pending: int
