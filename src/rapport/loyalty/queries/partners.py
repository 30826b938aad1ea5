"""Reads of partners: who they are, what they booked, and what they owe for it."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet, Sum
from django.http import Http404

from rapport.core.access import Actor
from rapport.loyalty.models import EarningPartner, Entry, Program
from rapport.loyalty.queries import dates

OWN, SEE = "loyalty.partner", "loyalty.edit"


class Figures(NamedTuple):
    """What a partner gave, in all and this month, and what that costs it this month."""

    partner: EarningPartner
    points: int
    month: int
    price: Any


def partners(program: Program) -> QuerySet[EarningPartner]:
    """Those whose agreement ended, too."""
    return EarningPartner.objects.filter(program=program).order_by("name", "pk")


def partner_for(actor: Actor, key: str) -> EarningPartner:
    """The partner that the key is of; with `loyalty.edit` any. Raises Http404, PermissionDenied."""
    rows = EarningPartner.objects.filter(key=key, archived_at=None).select_related("program")
    if not actor.may(SEE):
        actor.require(OWN)
        rows = rows.filter(api_key=int(actor.id)) if actor.kind == "api_key" else rows.none()
    if (partner := rows.first()) is None:
        raise Http404("no such partner")
    return partner


def entries_of(partner: EarningPartner) -> QuerySet[Entry]:
    """The statement, the newest first."""
    return _booked(partner.program_id).filter(source=partner.source).order_by("-at", "-pk")


def _booked(program_id: int) -> QuerySet[Entry]:
    """By partners. It says so as the index does, or the database would not use that."""
    return Entry.objects.filter(program=program_id, source__startswith="partner ")


def month_start(program: Program, now: dt.datetime) -> dt.datetime:
    return dates.beginning_of(dates.local_day(now, program).replace(day=1), program.tz)


def figures(program: Program, now: dt.datetime) -> list[Figures]:
    """All partners of a programme; one that has ended, as long as it has booked anything."""
    since = Sum("points", filter=Q(recorded_at__gte=month_start(program, now)))
    rows: Any = _booked(program.pk).values("source")
    sums = {row["source"]: row for row in rows.annotate(given=Sum("points"), month=since)}
    shown = []
    for partner in partners(program):
        row = sums.get(partner.source, {})
        if partner.archived_at and not row:
            continue
        month = row.get("month") or 0
        shown.append(Figures(partner, row.get("given") or 0, month, month * partner.point_price))
    return shown
