"""Programmes and their rules."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from rapport.commerce.models import Order
from rapport.core import jobs
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.money import MoneyError, currency_code
from rapport.core.services import audit
from rapport.loyalty.models import EarnRule, Program
from rapport.loyalty.queries import dates
from rapport.loyalty.services.accounts import request_review
from rapport.loyalty.services.earning.hearing import note_orders
from rapport.loyalty.services.wallet import noting
from rapport.people.services import definitions

EDIT = "loyalty.edit"
COUNT_JOB = "loyalty.count"
CHUNK = 2_000
KEYS = re.compile(r"[a-z][a-z0-9-]{0,39}")


@transaction.atomic
def create_program(*, actor: Actor, values: dict[str, Any], clock: Clock = SYSTEM) -> Program:
    """Makes a programme; what was bought since its beginning counts. Raises ValidationError."""
    actor.require(EDIT)
    program = Program(**_checked(values), created_at=clock.now())
    try:
        with transaction.atomic():
            program.save(force_insert=True)
    except IntegrityError as error:
        raise ValidationError({"key": _("Another programme has this key.")}) from error
    definitions.touch()  # its traits are Rapport's from now on
    _record(actor, "loyalty_program.created", program, {"key": program.key}, clock)
    return program


@transaction.atomic
def change_program(
    *, actor: Actor, program: Program, values: dict[str, Any], clock: Clock = SYSTEM
) -> Program:
    """Changes a programme. Points that were given keep the dates that they were given with. Raises ValidationError."""
    actor.require(EDIT)
    fixed = {"key": program.key, "starts_on": program.starts_on, "currency": program.currency}
    for name, value in _checked(values | fixed).items():
        setattr(program, name, value)
    program.save()
    noting.note_program(program, clock)
    _record(actor, "loyalty_program.changed", program, {}, clock)
    return program


@transaction.atomic
def archive_program(*, actor: Actor, program: Program, ended: bool, clock: Clock = SYSTEM) -> None:
    """Ends a programme, or opens it again: nothing more is earned; what members have, they keep.

    While it has ended, nobody looks at orders and tiers: all of that is looked at when it opens.
    """
    actor.require(EDIT)
    if bool(program.archived_at) == ended:
        return
    program.archived_at = clock.now() if ended else None
    program.save(update_fields=["archived_at"])
    noting.note_program(program, clock)
    if program.archived_at is None:
        request_review(program.pk, clock)
        request_count(actor=actor, program=program)
    action = "loyalty_program.ended" if program.archived_at else "loyalty_program.reopened"
    _record(actor, action, program, {}, clock)


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    values = {**values, "name": str(values["name"]).strip()}
    if not 0 < len(values["name"]) <= 120:
        raise ValidationError({"name": _("Give it a name of at most 120 characters.")})
    if not KEYS.fullmatch(values["key"]):
        raise ValidationError({"key": _("A key has lower-case letters, digits and -, a letter first.")})
    try:
        values["currency"] = currency_code(values["currency"])
        zoneinfo.ZoneInfo(values["zone"])
    except MoneyError as error:
        raise ValidationError({"currency": str(error)}) from error
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValidationError({"zone": _("There is no such time zone.")}) from error
    return values


@transaction.atomic
def put_rule(
    *,
    actor: Actor,
    program: Program,
    values: dict[str, Any],
    replaces: EarnRule | None = None,
    clock: Clock = SYSTEM,
) -> EarnRule:
    """Adds a rule, from its beginning or the programme's, or from now on in another's place. Raises ValidationError."""
    actor.require(EDIT)
    now = clock.now()
    start = values.get("starts_at") or dates.beginning_of(program.starts_on, program.tz)
    if replaces is not None:
        # To the microsecond: an order is never judged by both.
        start = max(start, now) if replaces.starts_at < now else start
        _end(replaces, now)
    rule = EarnRule(**{**values, "program": program, "starts_at": start})
    _check_rule(rule)
    rule.save(force_insert=True)
    _record(actor, "loyalty_rule.added", program, {"rule": rule.name}, clock)
    if start < now:
        request_count(actor=actor, program=program)
    return rule


@transaction.atomic
def end_rule(*, actor: Actor, program: Program, rule: EarnRule, clock: Clock = SYSTEM) -> None:
    """Ends a rule now. What it gave stays given; what is returned of that is still judged by it."""
    actor.require(EDIT)
    _end(rule, clock.now())
    _record(actor, "loyalty_rule.ended", program, {"rule": rule.name}, clock)


def _end(rule: EarnRule, now: dt.datetime) -> None:
    if rule.starts_at >= now:
        rule.delete()
    else:
        EarnRule.objects.filter(pk=rule.pk).update(ends_at=min(rule.ends_at or now, now))


def _check_rule(rule: EarnRule) -> None:
    if rule.kind == EarnRule.Kind.MULTIPLIER:
        if rule.factor <= 1:
            raise ValidationError({"factor": _("A multiplier is more than 1.")})
    elif not 1 <= rule.points <= 1_000_000:
        raise ValidationError({"points": _("Give a number of points.")})
    if rule.kind == EarnRule.Kind.EVENT and not rule.event.strip():
        raise ValidationError({"event": _("Name the event.")})
    if rule.per_amount <= 0:
        raise ValidationError({"per_amount": _("This must be more than nothing.")})
    if rule.ends_at and rule.ends_at <= rule.starts_at:
        raise ValidationError({"ends_at": _("The end lies before the beginning.")})


def request_count(*, actor: Actor, program: Program) -> None:
    """Has the orders since the programme's beginning judged in the background."""
    jobs.enqueue(actor=actor, kind=COUNT_JOB, payload={"program": program.pk})


def count(job: jobs.RunningJob) -> dict[str, int]:
    """The job: notes every order since the beginning, for the loop to judge."""
    program = Program.objects.get(pk=job.payload["program"])
    start = dates.beginning_of(program.starts_on, program.tz)
    orders = Order.objects.filter(placed_at__gte=start, is_proven=True).order_by("placed_at", "pk")
    total, done = orders.count(), 0
    after = Q()
    while chunk := list(orders.filter(after).values_list("placed_at", "pk")[:CHUNK]):
        with transaction.atomic():
            note_orders([pk for _at, pk in chunk])
            done += len(chunk)
            job.step(done=done, total=total)
        at, pk = chunk[-1]
        after = Q(placed_at__gt=at) | Q(placed_at=at, pk__gt=pk)
    return {"orders": done}


def _record(actor: Actor, action: str, program: Program, data: dict[str, Any], clock: Clock) -> None:
    audit.record(
        actor=actor,
        action=action,
        object_type="loyalty_program",
        object_id=program.pk,
        data=data,
        clock=clock,
    )
