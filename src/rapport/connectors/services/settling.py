"""What is written into a connected system, by which rules, and decisions where somebody is asked."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from rapport.connectors import queries
from rapport.connectors.meanings import CUSTOMER_ID
from rapport.connectors.models import Connector, Difference, Outgoing
from rapport.connectors.registry import Writing
from rapport.connectors.services import codes, ours, queueing
from rapport.connectors.services.deciding import OURS, RULES, THEIRS
from rapport.core import jobs
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.people.models import Identifier
from rapport.promotions.models import Promotion
from rapport.segments.models import Segment

COMPARE = "connectors.compare"
BLOCK = 2_000
SWITCHES = ("details", "consent", "notes")


@transaction.atomic
def change(
    *,
    actor: Actor,
    connector_id: uuid.UUID,
    writes: Mapping[str, Any],
    rules: Mapping[str, str],
    clock: Clock = SYSTEM,
) -> Connector:
    """What is written from now on, and which side wins. Customers are compared anew.

    Raises ValidationError by field, Http404.
    """
    actor.require("connectors.edit")
    row = queries.connector_for(actor, connector_id, lock=True)
    writing = queries.kind_of(row).writing
    if writing is None:
        raise ValidationError(_("Nothing can be written there."))
    row.writes = _checked(row, writing, writes)
    row.rules = {name: _rule(name, rule) for name, rule in rules.items() if name in writing.traits}
    row.save(update_fields=["writes", "rules"])
    payload = {"connector": str(row.pk)}
    jobs.enqueue(actor=actor, kind=COMPARE, payload=payload, clock=clock)
    audit.record(
        actor=actor, action="connector.writing_changed", object_type="connector", object_id=row.pk,
        data={"name": row.name, "writes": row.writes, "rules": row.rules}, clock=clock,
    )  # fmt: skip
    return row


def _rule(name: str, rule: str) -> str:
    if rule not in RULES:
        raise ValidationError({f"rule_{name}": _("Choose one of %(rules)s.") % {"rules": ", ".join(RULES)}})
    return rule


def _checked(row: Connector, writing: Writing, given: Mapping[str, Any]) -> dict[str, Any]:
    """Only what is on. Raises ValidationError by field."""
    can = {
        "details": bool(writing.traits),
        "consent": bool(writing.channels),
        "notes": writing.note is not None,
    }
    writes: dict[str, Any] = {name: True for name in SWITCHES if given.get(name)}
    for name in writes:
        if not can[name]:
            raise ValidationError({name: _("This cannot be written there.")})
    if "consent" in writes and not ours.purpose_of(row):
        raise ValidationError(
            {"consent": _("Name the purpose that its consents stand for in the settings below first.")}
        )
    for name, able, usable in (
        ("tags", writing.tags, Segment.objects.filter(archived_at=None)),
        ("coupons", writing.coupon is not None, Promotion.objects.all()),
    ):
        keys = sorted({str(key) for key in given.get(name) or ()})
        if keys and not able:
            raise ValidationError({name: _("This cannot be written there.")})
        if missing := set(keys) - set(usable.filter(key__in=keys).values_list("key", flat=True)):
            raise ValidationError({name: _("There is no %(keys)s.") % {"keys": ", ".join(sorted(missing))}})
        if keys:
            writes[name] = keys
    return writes


def compare_all(job: jobs.RunningJob) -> dict[str, int]:
    """The job: lets every customer of the system wait to be compared, block by block, and codes to be written."""
    row = Connector.objects.filter(pk=job.payload["connector"]).first()
    writing = queries.kind_of(row).writing if row else None
    if row is None or writing is None:
        raise jobs.JobFailed(_("It is disconnected or switched off."))
    begin, done = ours.prefix(row), 0
    customers = Identifier.objects.filter(type=CUSTOMER_ID, value__startswith=begin).order_by("pk")
    total = customers.count() if ours.fields_of(row, writing) else 0
    last = 0
    while total and (block := list(customers.filter(pk__gt=last).values_list("pk", "value")[:BLOCK])):
        last, done = block[-1][0], done + len(block)
        with transaction.atomic():
            names = [value.removeprefix(begin) for _pk, value in block]
            queueing.queue(row, Outgoing.Thing.CUSTOMER, names, job.clock.now())
            job.step(done=done, total=total, stage=_("Customers"))
    codes.queue_codes(row, job.clock.now())
    return {"customers": done}


@transaction.atomic
def again(*, actor: Actor, connector_id: uuid.UUID, clock: Clock = SYSTEM) -> int:
    """Has what was not written tried again; how many. Raises Http404."""
    actor.require("connectors.edit")
    row = queries.connector_for(actor, connector_id)
    now = clock.now()
    count = row.outgoing.filter(state__in=[Outgoing.State.REFUSED, Outgoing.State.WAITING]).update(
        state=Outgoing.State.WAITING, due_at=now, queued_at=now
    )
    queueing.wake(row.pk, clock=clock)
    audit.record(
        actor=actor, action="connector.written_again", object_type="connector", object_id=row.pk,
        data={"name": row.name, "count": count}, clock=clock,
    )  # fmt: skip
    return count


@transaction.atomic
def decide(
    *, actor: Actor, connector_id: uuid.UUID, difference: int, winner: str, clock: Clock = SYSTEM
) -> Difference:
    """Which of both values it is to be; also where a rule had decided otherwise. Raises Http404, ValidationError."""
    actor.require("connectors.edit")
    row = queries.connector_for(actor, connector_id)
    entry = row.differences.select_for_update().filter(pk=difference).first()
    if entry is None or not queries.sees_customer(actor, row, entry.customer):
        raise Http404("no such difference")
    if winner not in (OURS, THEIRS):
        raise ValidationError({"winner": _("Choose ours or theirs.")})
    entry.winner, entry.why, entry.by, entry.at = winner, "by_hand", actor.label[:254], clock.now()
    entry.save()
    waiting = row.outgoing.filter(thing=Outgoing.Thing.CUSTOMER, subject=entry.customer).first()
    if waiting:
        waiting.base.pop(entry.field, None)
        waiting.save(update_fields=["base"])
    queueing.queue(row, Outgoing.Thing.CUSTOMER, [entry.customer], clock.now())
    audit.record(
        actor=actor, action="connector.difference_decided", object_type="connector", object_id=row.pk,
        data={"name": row.name, "field": entry.field, "winner": winner}, clock=clock,
    )  # fmt: skip
    return entry
