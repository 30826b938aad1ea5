"""Programmes, accounts and points over the API."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Router, Status

from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Limit, Page, Problem, Schema, cursor_page
from rapport.core.clock import clock_of
from rapport.loyalty.models import Account, Entry
from rapport.loyalty.queries import accounts as queries
from rapport.loyalty.services import accounts, points, programs
from rapport.people import queries as people

router = Router(tags=["loyalty"])
RuleKind = Literal["spent", "order", "piece", "multiplier", "event"]
AccountStatus = Literal["active", "blocked", "closed"]
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
    point_value: Decimal
    archived_at: dt.datetime | None


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


@router.get("/loyalty/programs", response=Page[ProgramOut], summary="List loyalty programmes")
def list_programs(request: HttpRequest, limit: Limit, cursor: str | None = None) -> Any:
    rows = queries.programs(actor_of(request))
    data, following = cursor_page(rows, scope="loyalty", sort=("name", "id"), cursor=cursor, limit=limit)
    return {"data": data, "next_cursor": following}


@router.post("/loyalty/programs", response={201: ProgramOut}, summary="Make a programme with its rules")
def create_program(request: HttpRequest, body: ProgramIn) -> Any:
    actor = actor_of(request)
    program = programs.create_program(actor=actor, values=body.model_dump(exclude={"rules"}))
    for rule in body.rules:
        programs.put_rule(actor=actor, program=program, values=rule.model_dump())
    return Status(201, program)


@router.get("/loyalty/programs/{key}", response=ProgramOut, summary="Get a programme")
def get_program(request: HttpRequest, key: str) -> Any:
    return queries.program_for(actor_of(request), key)


@router.get(
    "/loyalty/programs/{key}/rules", response=list[RuleOut], summary="List the rules that hold, or will"
)
def list_rules(request: HttpRequest, key: str) -> Any:
    program = queries.program_for(actor_of(request), key)
    return queries.rules(program, clock_of(request).now())


@router.post("/loyalty/programs/{key}/rules", response={201: RuleOut}, summary="Add a rule")
def add_rule(request: HttpRequest, key: str, body: RuleIn) -> Any:
    actor = actor_of(request)
    program = queries.program_for(actor, key)
    return Status(201, programs.put_rule(actor=actor, program=program, values=body.model_dump()))


@router.get(
    "/loyalty/accounts", response=Page[AccountOut], summary="List members' accounts, the newest first"
)
def list_accounts(
    request: HttpRequest,
    limit: Limit,
    program: str | None = None,
    card_number: str | None = None,
    cursor: str | None = None,
) -> Any:
    wanted = {"program__key": program, "card_number": card_number}
    rows = queries.accounts(actor_of(request)).filter(
        **{name: value for name, value in wanted.items() if value}
    )
    page, following = cursor_page(
        rows, scope="loyalty-accounts", sort=("-joined_at", "id"), cursor=cursor, limit=limit
    )
    return {"data": [account_out(row) for row in page], "next_cursor": following}


@router.post("/loyalty/accounts", response={201: AccountOut}, summary="Make somebody a member")
def join(request: HttpRequest, body: AccountIn) -> Any:
    actor = actor_of(request)
    program = queries.program_for(actor, body.program)
    person = people.person_for(actor, body.person_id)
    account = accounts.join(actor=actor, program=program, person=person, card_number=body.card_number)
    return Status(201, account_out(account))


@router.get("/loyalty/accounts/{uuid:account_id}", response=AccountOut, summary="Get an account")
def get_account(request: HttpRequest, account_id: uuid.UUID) -> Any:
    return account_out(queries.account_for(actor_of(request), account_id))


@router.get(
    "/loyalty/accounts/{uuid:account_id}/entries",
    response=Page[EntryOut],
    summary="List entries, the newest first",
)
def list_entries(request: HttpRequest, account_id: uuid.UUID, limit: Limit, cursor: str | None = None) -> Any:
    account = queries.account_for(actor_of(request), account_id)
    scope = f"loyalty:{account_id}"
    page, following = cursor_page(
        queries.entries(account), scope=scope, sort=("-at", "-id"), cursor=cursor, limit=limit
    )
    return {"data": [entry_out(row) for row in page], "next_cursor": following}


@router.post(
    "/loyalty/accounts/{uuid:account_id}/entries",
    response={201: Booked},
    summary="Earn, spend, correct or transfer points",
)
def book(request: HttpRequest, account_id: uuid.UUID, body: EntryIn) -> Any:
    booking = points.Booking(**body.model_dump(exclude={"other"}), other_id=body.other)
    try:
        entry = points.book(actor=actor_of(request), account_id=account_id, booking=booking)
    except points.Conflict as error:
        raise Problem(409, str(error), {"/body/key": str(error)}) from error
    return Status(
        201, entry_out(entry) | {"balance": entry.account.balance, "pending": entry.account.pending}
    )


@router.get(
    "/people/{uuid:person_id}/loyalty", response=list[AccountOut], summary="List a person's loyalty accounts"
)
def list_accounts_of_person(request: HttpRequest, person_id: uuid.UUID) -> Any:
    actor = actor_of(request)
    return [account_out(row) for row in queries.accounts_of(actor, people.person_for(actor, person_id))]


def account_out(row: Account) -> dict[str, Any]:
    names = ("id", "person_id", "card_number", "status", "joined_at", "pending")
    return {name: getattr(row, name) for name in names} | {
        "program": row.program.key, "points": row.balance, "owed": -row.owed,
    }  # fmt: skip


def entry_out(row: Entry) -> dict[str, Any]:
    names = ("id", "kind", "points", "source", "key", "at", "note", "reasons")
    return {name: getattr(row, name) for name in names} | {"order": row.order_ref}
