"""Badges: what is offered, and who has earned which. What is returned takes a badge back, as it does points."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit, outbox
from rapport.core.services.outbox import DomainEvent
from rapport.loyalty.models import Account, Badge, BadgeAward, Program
from rapport.loyalty.queries import badges as queries
from rapport.loyalty.services.accounts import request_review
from rapport.loyalty.services.telling import LATENESS

MOST, MOST_POINTS = 30, 1_000_000


@transaction.atomic
def put_badges(
    *, actor: Actor, program: Program, offered: Sequence[Mapping[str, Any]], clock: Clock = SYSTEM
) -> list[Badge]:
    """Sets the badges; one of the same name is the same badge. Everybody is judged anew. Raises ValidationError."""
    actor.require("loyalty.edit")
    _check(offered)
    kept = {badge.name.casefold(): badge for badge in queries.badges(program)}
    rows = []
    for given in offered:
        badge = kept.pop(given["name"].strip().casefold(), None) or Badge(program=program)
        badge.name, badge.threshold = given["name"].strip(), given["threshold"]
        badge.measure, badge.period, badge.points = given["measure"], given["period"], given.get("points", 0)
        badge.save()
        rows.append(badge)
    Badge.objects.filter(pk__in=[badge.pk for badge in kept.values()]).update(archived_at=clock.now())
    request_review(program.pk, clock)
    audit.record(
        actor=actor, action="loyalty_badges.set", object_type="loyalty_program", object_id=program.pk,
        data={"badges": ", ".join(badge.name for badge in rows)}, clock=clock,
    )  # fmt: skip
    return rows


def _check(offered: Sequence[Mapping[str, Any]]) -> None:
    if len(offered) > MOST:
        raise ValidationError({"badges": _("At most %(n)d badges.") % {"n": MOST}})
    names = [given["name"].strip().casefold() for given in offered]
    if any(not 0 < len(name) <= 60 for name in names) or len(set(names)) < len(names):
        raise ValidationError({"badges": _("Give each badge a name of its own, of at most 60 characters.")})
    for given in offered:
        if given["measure"] not in Badge.Measure.values or given["period"] not in Badge.Period.values:
            raise ValidationError({"badges": _("Choose what each badge is for.")})
        if not 0 < given["threshold"] < 10**12:
            raise ValidationError({"badges": _("Say how much each badge takes.")})
        if not 0 <= given.get("points", 0) <= MOST_POINTS:
            raise ValidationError({"badges": _("Give a number of points.")})


def review(persons: Collection[uuid.UUID], clock: Clock) -> None:
    """Gives these persons the badges that they have earned, once for each period, and takes back what they have not."""
    for program in (
        Program.objects.filter(archived_at=None, badges__archived_at=None).distinct().order_by("pk")
    ):
        if offered := queries.badges(program):
            _review(program, offered, persons, clock)


def _review(program: Program, offered: Sequence[Badge], persons: Collection[uuid.UUID], clock: Clock) -> None:
    rows = Account.objects.filter(program=program, person_id__in=persons).exclude(
        status=Account.Status.CLOSED
    )
    owners: dict[uuid.UUID, uuid.UUID] = {}
    main: dict[uuid.UUID, uuid.UUID] = {}
    for account, person in rows.order_by("joined_at", "pk").values_list("pk", "person_id"):
        if person is not None:
            owners[account] = person
            main.setdefault(person, account)
    orders = queries.bought(program, owners)
    awards = _awards(owners, offered)
    new: list[tuple[uuid.UUID, BadgeAward]] = []
    stays: list[BadgeAward] = []
    for person, account in main.items():
        had = awards[person]
        for badge in offered:
            for period, at in queries.reached(badge, program, orders.get(person, [])).items():
                if theirs := had.get((badge.pk, period)):
                    stays.append(theirs.pop(0))
                    continue
                award = BadgeAward(badge=badge, account_id=account, period=period, at=at)
                award.is_due = bool(badge.points)
                new.append((person, award))
    _restore(stays)
    _withdraw([award for had in awards.values() for rest in had.values() for award in rest])
    BadgeAward.objects.bulk_create([award for _person, award in new], batch_size=2_000)
    oldest = clock.now() - LATENESS
    outbox.emit_many(
        [_event(program, person, award) for person, award in new if award.at >= oldest], clock=clock
    )


def _awards(
    owners: Mapping[uuid.UUID, uuid.UUID], offered: Sequence[Badge]
) -> dict[uuid.UUID, dict[tuple[int, str], list[BadgeAward]]]:
    """{person: {(badge, period): what they have of it}}: after a merge it may be two, of which one goes."""
    awards: dict[uuid.UUID, dict[tuple[int, str], list[BadgeAward]]] = defaultdict(lambda: defaultdict(list))
    theirs = BadgeAward.objects.filter(account__in=list(owners), badge__in=offered)
    for award in theirs.order_by("is_withdrawn", "pk"):
        awards[owners[award.account_id]][award.badge_id, award.period].append(award)
    return awards


def _restore(awards: Sequence[BadgeAward]) -> None:
    """What was withdrawn and is earned again before its points were taken back."""
    again = BadgeAward.objects.filter(pk__in=[award.pk for award in awards if award.is_withdrawn])
    again.update(is_withdrawn=False, is_due=False)


def _withdraw(awards: Sequence[BadgeAward]) -> None:
    """One that has given points goes when they are taken back."""
    rows = BadgeAward.objects.filter(pk__in=[award.pk for award in awards])
    rows.filter(lot=None).delete()
    rows.filter(is_withdrawn=False).update(is_withdrawn=True, is_due=True)


def _event(program: Program, person: uuid.UUID, award: BadgeAward) -> DomainEvent:
    """Told once for a badge, a period and an account, also if a return took it back and it was earned again."""
    properties = {"program": program.key, "badge": award.badge.name, "period": award.period}
    key = f"badge-{award.badge_id}-{award.account_id}-{award.period}"
    return DomainEvent("Badge Earned", person, properties, key, award.at)
