"""Tiers: what is on offer, and who stands where.

Nobody is told of a tier where it happened more than a month ago, say in orders that were loaded.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from rapport.core import sql
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit, outbox
from rapport.core.services.outbox import DomainEvent
from rapport.loyalty.models import Account, Program, Tier
from rapport.loyalty.models.programs import TierMeasure, TierPeriod
from rapport.loyalty.queries import tiers as queries
from rapport.loyalty.queries.ladder import Standing, standing
from rapport.loyalty.services.accounts import request_review
from rapport.loyalty.services.telling import LATENESS

EDIT = "loyalty.edit"
REVIEWED = 2_000
MOST = 12
SETTINGS = ("tier_measure", "tier_period", "tier_months", "tier_grace_days", "tier_soft_landing")
_WRITE = """
    UPDATE loyalty_account a SET tier_id = n.tier, tier_since = n.since, tier_until = n.until, tier_value = n.value,
        tier_review_at = n.review
    FROM unnest(%b::uuid[], %b::bigint[], %b::timestamptz[], %b::timestamptz[], %b::numeric[], %b::timestamptz[])
        AS n (id, tier, since, until, value, review) WHERE a.id = n.id
"""


@transaction.atomic
def put_tiers(
    *,
    actor: Actor,
    program: Program,
    settings: Mapping[str, Any],
    ladder: Sequence[Mapping[str, Any]],
    clock: Clock = SYSTEM,
) -> list[Tier]:
    """Sets the tiers; one of the same name is the same tier. Everybody is judged anew. Raises ValidationError."""
    actor.require(EDIT)
    for name in SETTINGS:
        setattr(program, name, settings[name])
    _check(program, ladder)
    program.save(update_fields=SETTINGS)
    kept = {tier.name.casefold(): tier for tier in queries.tiers(program)}
    tiers = []
    for given in ladder:
        tier = kept.pop(given["name"].strip().casefold(), None) or Tier(program=program)
        tier.name, tier.threshold, tier.benefits = (
            given["name"].strip(),
            given["threshold"],
            given["benefits"],
        )
        tier.save()
        tiers.append(tier)
    Tier.objects.filter(pk__in=[tier.pk for tier in kept.values()]).update(archived_at=clock.now())
    request_review(program.pk, clock)
    audit.record(
        actor=actor, action="loyalty_tiers.set", object_type="loyalty_program", object_id=program.pk,
        data={"tiers": ", ".join(tier.name for tier in tiers)}, clock=clock,
    )  # fmt: skip
    return tiers


def _check(program: Program, ladder: Sequence[Mapping[str, Any]]) -> None:
    if program.tier_measure not in TierMeasure.values or program.tier_period not in TierPeriod.values:
        raise ValidationError({"tier_measure": _("Choose what tiers are reached by, and in what time.")})
    if not 1 <= program.tier_months <= 120:
        raise ValidationError({"tier_months": _("Give 1 to 120 months.")})
    if not 0 <= program.tier_grace_days <= 730:
        raise ValidationError({"tier_grace_days": _("Give 0 to 730 days.")})
    if len(ladder) > MOST:
        raise ValidationError({"tiers": _("At most %(n)d tiers.") % {"n": MOST}})
    names = [given["name"].strip().casefold() for given in ladder]
    if any(not 0 < len(name) <= 60 for name in names) or len(set(names)) < len(names):
        raise ValidationError({"tiers": _("Give each tier a name of its own, of at most 60 characters.")})
    thresholds = [given["threshold"] for given in ladder]
    if any(not 0 <= threshold < 10**12 for threshold in thresholds) or len(set(thresholds)) < len(thresholds):
        raise ValidationError({"tiers": _("Give each tier a threshold of its own.")})


def ladders() -> dict[int, list[Tier]]:
    """{programme that has tiers or had some: those on offer, the lowest first}"""
    grouped: dict[int, list[Tier]] = {}
    for tier in Tier.objects.order_by("threshold", "pk"):
        offered = grouped.setdefault(tier.program_id, [])
        if tier.archived_at is None:
            offered.append(tier)
    return grouped


def note_due(clock: Clock) -> None:
    """Has those reviewed whose tier time changes."""
    due = Account.objects.filter(tier_review_at__lte=clock.now()).order_by("tier_review_at")
    ids = list(due.values_list("pk", flat=True)[:REVIEWED])
    if ids:
        Account.objects.filter(pk__in=ids).update(is_due=True, version=F("version") + 1, tier_review_at=None)


def review(persons: Collection[uuid.UUID], clock: Clock) -> None:
    """Works out where these persons stand in each programme, and tells them. All of their accounts say the same."""
    for program in Program.objects.filter(archived_at=None, tiers__isnull=False).distinct().order_by("pk"):
        _review(program, persons, clock)


def _review(program: Program, persons: Collection[uuid.UUID], clock: Clock) -> None:
    now, ladder = clock.now(), queries.tiers(program)
    rows = Account.objects.filter(program=program, person_id__in=persons).exclude(
        status=Account.Status.CLOSED
    )
    theirs: dict[uuid.UUID, list[Account]] = defaultdict(list)
    for account in rows.select_related("tier").order_by("joined_at", "pk"):
        if account.person_id:
            theirs[account.person_id].append(account)
    owners = {account.pk: person for person, accounts in theirs.items() for account in accounts}
    collected = queries.collected(program, owners)
    changed: list[tuple[Account, Standing]] = []
    events: list[DomainEvent] = []
    for person, accounts in theirs.items():
        stands = standing(program, ladder, collected.get(person, []), accounts[0].joined_at, now)
        if ladder and (event := _event(program, person, accounts, stands, now)):
            events.append(event)
        changed += [(account, stands) for account in accounts if _said(account) != _saying(stands)]
    if changed:
        saying = [[account.pk for account, _stands in changed]]
        saying += [list(column) for column in zip(*(_saying(stands) for _, stands in changed), strict=True)]
        sql.run(_WRITE, saying)
    outbox.emit_many(events, clock=clock)


def _said(account: Account) -> tuple[Any, ...]:
    at = (account.tier_since, account.tier_until)
    return account.tier_id, *at, account.tier_value, account.tier_review_at


def _saying(stands: Standing) -> tuple[Any, ...]:
    return stands.tier and stands.tier.pk, stands.since, stands.until, stands.value, stands.review_at


def _event(
    program: Program, person: uuid.UUID, accounts: Sequence[Account], stands: Standing, now: dt.datetime
) -> DomainEvent | None:  # fmt: skip
    """What is told: one event for a person, whatever accounts they have."""
    before = max((account.tier for account in accounts if account.tier), key=_height, default=None)
    if _height(before) == _height(stands.tier):
        return None
    is_up = _height(stands.tier) > _height(before)
    last = max((account.tier_since for account in accounts if account.tier_since), default=None)
    # What a return took back was lost now, whenever it would have been reached.
    at = stands.since if stands.since and (is_up or last is None or stands.since > last) else now
    if at < now - LATENESS:
        return None
    names = (
        {"tier": stands.tier, "previous_tier": before} if is_up else {"tier": before, "new_tier": stands.tier}
    )
    properties: dict[str, Any] = {name: tier.name if tier else "" for name, tier in names.items()}
    properties |= {"program": program.key, "measure": program.tier_measure, "value": float(stands.value)}
    key = f"tier-{accounts[0].pk}-{sum(account.version for account in accounts)}"
    return DomainEvent("Tier Reached" if is_up else "Tier Lost", person, properties, key, at)


def _height(tier: Tier | None) -> Decimal:
    return tier.threshold if tier else Decimal(-1)
