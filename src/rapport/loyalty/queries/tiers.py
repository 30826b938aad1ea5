"""Reads of tiers: what is on offer, what members collected, and why somebody stands where they do."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count

from rapport.loyalty.models import Account, Entry, OrderPoints, Program, Tier
from rapport.loyalty.models.programs import TierMeasure
from rapport.loyalty.queries.ladder import Collected, Standing, counts_until, standing

SHOWN = 5


def tiers(program: Program) -> list[Tier]:
    """Those on offer, the lowest first."""
    return list(program.tiers.filter(archived_at=None).order_by("threshold", "pk"))


def tier_members(program: Program) -> list[tuple[Tier, int]]:
    """[(tier, how many persons are on it)]"""
    counts = Count("accounts__person", distinct=True)
    rows = program.tiers.filter(archived_at=None).annotate(members=counts).order_by("threshold", "pk")
    return [(tier, tier.members) for tier in rows]


def collected(program: Program, owners: Mapping[uuid.UUID, uuid.UUID]) -> dict[uuid.UUID, list[Collected]]:
    """{person: what they collected}, of {account: person}."""
    pieces: dict[uuid.UUID, list[Collected]] = defaultdict(list)
    orders = OrderPoints.objects.filter(program=program, account__in=list(owners)).exclude(points=0, spent=0)
    measure = program.tier_measure
    for account, at, points, spent in orders.values_list("account_id", "at", "points", "spent"):
        amount = spent if measure == TierMeasure.SPENT else Decimal(spent > 0)
        pieces[owners[account]].append(
            Collected(at, Decimal(points) if measure == TierMeasure.POINTS else amount)
        )
    if measure == TierMeasure.POINTS:
        given = Entry.objects.filter(account__in=list(owners), kind=Entry.Kind.EARN).exclude(source="order")
        for account, at, points in given.values_list("account_id", "at", "points"):
            pieces[owners[account]].append(Collected(at, Decimal(points)))
    return pieces


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why somebody stands on their tier. `counting` is [(what counts, until when)], the newest first."""

    standing: Standing
    following: Tier | None
    missing: Decimal
    counting: Sequence[tuple[Collected, dt.datetime]]
    more: int


def next_tier(program_tiers: Sequence[Tier], tier: Tier | None) -> Tier | None:
    """The one above."""
    floor = tier.threshold if tier else Decimal(-1)
    return next((above for above in program_tiers if above.threshold > floor), None)


def reasons(account: Account, now: dt.datetime) -> Reasons | None:
    """None where there are no tiers, or nobody who could stand on one."""
    program, offered = account.program, tiers(account.program)
    if not offered or account.person_id is None:
        return None
    theirs = Account.objects.filter(program=program, person_id=account.person_id).exclude(
        status=Account.Status.CLOSED
    )
    joined = dict(theirs.values_list("pk", "joined_at"))
    if not joined:
        return None
    person = account.person_id
    pieces = collected(program, dict.fromkeys(joined, person)).get(person, [])
    stands = standing(program, offered, pieces, min(joined.values()), now)
    following = next_tier(offered, stands.tier)
    counting = [
        (part, until)
        for part in sorted(pieces, reverse=True)
        if part.amount and part.at <= now < (until := counts_until(program, part.at))
    ]
    missing = max(following.threshold - stands.value, Decimal(0)) if following else Decimal(0)
    return Reasons(stands, following, missing, counting[:SHOWN], max(len(counting) - SHOWN, 0))
