"""Programmes, accounts and points over the API."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from rapport.core.access import actor_of
from rapport.core.api import Limit, Page, Problem, cursor_page
from rapport.core.clock import clock_of
from rapport.loyalty.api.answers import (
    account_out,
    accounts_out,
    badge_out,
    entry_out,
    referral_out,
    reward_out,
    tiers_out,
)
from rapport.loyalty.api.schemas import (
    AccountBadge,
    AccountIn,
    AccountOut,
    BadgeIn,
    BadgeOut,
    Booked,
    EntryIn,
    EntryOut,
    PersonAccountOut,
    ProgramIn,
    ProgramOut,
    RedemptionIn,
    ReferralIn,
    ReferralOut,
    RewardIn,
    RewardOut,
    RuleIn,
    RuleOut,
    TiersIn,
    TiersOut,
)
from rapport.loyalty.queries import accounts as queries
from rapport.loyalty.queries.badges import badges as offered_badges
from rapport.loyalty.queries.badges import progress
from rapport.loyalty.queries.rewards import rewards as offered
from rapport.loyalty.services import accounts, badges, points, programs, referrals, rewards, tiers
from rapport.people import queries as people

router = Router(tags=["loyalty"])


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


@router.get("/loyalty/programs/{key}/tiers", response=TiersOut, summary="Get the tiers of a programme")
def get_tiers(request: HttpRequest, key: str) -> Any:
    return tiers_out(queries.program_for(actor_of(request), key))


@router.put("/loyalty/programs/{key}/tiers", response=TiersOut, summary="Set the tiers of a programme")
def put_tiers(request: HttpRequest, key: str, body: TiersIn) -> Any:
    actor = actor_of(request)
    program = queries.program_for(actor, key)
    settings = {f"tier_{name}": value for name, value in body.model_dump(exclude={"tiers"}).items()}
    ladder = [tier.model_dump() for tier in body.tiers]
    tiers.put_tiers(actor=actor, program=program, settings=settings, ladder=ladder)
    return tiers_out(program)


@router.get(
    "/loyalty/programs/{key}/badges", response=list[BadgeOut], summary="List the badges of a programme"
)
def list_badges(request: HttpRequest, key: str) -> Any:
    return offered_badges(queries.program_for(actor_of(request), key))


@router.put(
    "/loyalty/programs/{key}/badges", response=list[BadgeOut], summary="Set the badges of a programme"
)
def put_badges(request: HttpRequest, key: str, body: list[BadgeIn]) -> Any:
    actor = actor_of(request)
    program = queries.program_for(actor, key)
    badges.put_badges(actor=actor, program=program, offered=[badge.model_dump() for badge in body])
    return offered_badges(program)


@router.get(
    "/loyalty/accounts/{uuid:account_id}/badges",
    response=list[AccountBadge],
    summary="List badges with a member's progress",
)
def list_badges_of_account(request: HttpRequest, account_id: uuid.UUID) -> Any:
    account = queries.account_for(actor_of(request), account_id)
    return [badge_out(row) for row in progress(account, clock_of(request).now())]


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
    return {"data": accounts_out(page), "next_cursor": following}


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
    "/people/{uuid:person_id}/loyalty",
    response=list[PersonAccountOut],
    summary="List a person's loyalty accounts",
)
def list_accounts_of_person(request: HttpRequest, person_id: uuid.UUID) -> Any:
    actor = actor_of(request)
    rows = list(queries.accounts_of(actor, people.person_for(actor, person_id)))
    now = clock_of(request).now()
    return [
        shown | {"badges": [badge_out(badge) for badge in progress(row, now)]}
        for row, shown in zip(rows, accounts_out(rows), strict=True)
    ]


@router.get(
    "/loyalty/accounts/{uuid:account_id}/referrals",
    response=Page[ReferralOut],
    summary="List whom a member's code brought",
)
def list_referrals(
    request: HttpRequest, account_id: uuid.UUID, limit: Limit, cursor: str | None = None
) -> Any:
    account = queries.account_for(actor_of(request), account_id)
    page, following = cursor_page(
        account.referrals.order_by("-created_at", "-id"),
        scope=f"loyalty-referrals:{account_id}",
        sort=("-created_at", "-id"),
        cursor=cursor,
        limit=limit,
    )
    return {"data": [referral_out(row) for row in page], "next_cursor": following}


@router.post("/loyalty/referrals", response={201: ReferralOut}, summary="Note whom a member's code brought")
def claim_referral(request: HttpRequest, body: ReferralIn) -> Any:
    actor = actor_of(request)
    person = people.person_for(actor, body.person_id)
    given = referrals.Claim(body.code, person, body.device, body.payment)
    return Status(201, referral_out(referrals.claim(actor=actor, claim=given)))


@router.get("/loyalty/rewards", response=Page[RewardOut], summary="List rewards on offer, the cheapest first")
def list_rewards(request: HttpRequest, limit: Limit, cursor: str | None = None) -> Any:
    rows = offered(actor_of(request))
    page, following = cursor_page(
        rows, scope="loyalty-rewards", sort=("points", "id"), cursor=cursor, limit=limit
    )
    return {"data": [reward_out(row) for row in page], "next_cursor": following}


@router.post("/loyalty/rewards", response={201: RewardOut}, summary="Add a reward")
def add_reward(request: HttpRequest, body: RewardIn) -> Any:
    actor = actor_of(request)
    program = queries.program_for(actor, body.program)
    return Status(201, reward_out(rewards.put_reward(actor=actor, program=program, values=body.model_dump())))


@router.post(
    "/loyalty/rewards/{int:reward_id}/redemptions",
    response={201: Booked},
    summary="Spend points on a reward, once",
)
def redeem(request: HttpRequest, reward_id: int, body: RedemptionIn) -> Any:
    try:
        entry = rewards.redeem(
            actor=actor_of(request), account_id=body.account, reward_id=reward_id, key=body.key
        )
    except points.Conflict as error:
        raise Problem(409, str(error), {"/body/key": str(error)}) from error
    return Status(
        201, entry_out(entry) | {"balance": entry.account.balance, "pending": entry.account.pending}
    )
