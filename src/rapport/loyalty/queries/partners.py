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
    return EarningPartner.objects.filter(program=program, archived_at=None).order_by("name", "pk")


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
    return Entry.objects.filter(program=partner.program_id, source=partner.source).order_by("-at", "-pk")


def month_start(program: Program, now: dt.datetime) -> dt.datetime:
    return dates.beginning_of(dates.local_day(now, program).replace(day=1), program.tz)


def figures(program: Program, now: dt.datetime) -> list[Figures]:
    """All partners of a programme."""
    since = Sum("points", filter=Q(recorded_at__gte=month_start(program, now)))
    rows: Any = Entry.objects.filter(program=program, source__startswith="partner ").values("source")
    sums = {row["source"]: row for row in rows.annotate(given=Sum("points"), month=since)}
    shown = []
    for partner in partners(program):
        row = sums.get(partner.source, {})
        month = row.get("month") or 0
        shown.append(Figures(partner, row.get("given") or 0, month, month * partner.point_price))
    return shown
