"""After a restore nobody enters or goes on until the owner says so: others may have gone on since, elsewhere."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Least
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rapport.core.access import Actor
from rapport.core.clock import Clock
from rapport.core.services import incarnations
from rapport.core.services.held_work import HELD_WORK, HeldItem, HeldWork
from rapport.core.services.journal import Line
from rapport.journeys.models import HeardEvent, Intake, Journey, StepAnswer, Timetable
from rapport.journeys.services import hearing, journeys, store


def waits(now: dt.datetime) -> bool:
    """Whether there is something to do that nobody has let go on yet. Asked only if there is, since it costs."""
    is_due = (
        HeardEvent.objects.exists()
        or StepAnswer.objects.exists()
        or Timetable.objects.filter(due_at__lte=now).exists()
        or _crowds().filter(due_at__lte=now).exists()
        or bool(store.with_due(now))
    )
    return is_due and not incarnations.may_send(now)


def _crowds() -> QuerySet[Intake]:
    return Intake.objects.filter(state=Intake.State.RUNNING)


def items(_lines: Sequence[Line], now: dt.datetime) -> list[HeldItem]:
    """Journeys with somebody on them, or that let people in by themselves."""
    standing = Q(enrolments__ended_at=None)
    rows = Journey.objects.filter(paused_at=None, archived_at=None).annotate(
        standing=Count("enrolments", filter=standing),
        ended=Count("enrolments", filter=~standing),
        due=Least(Min("enrolments__due_at", filter=standing), Min("timetable__due_at")),
        has_crowd=Exists(_crowds().filter(journey=OuterRef("pk"))),
    )
    wanted = rows.filter(Q(standing__gt=0) | Q(timetable__isnull=False) | Q(has_crowd=True))
    return [
        HeldItem(
            str(row.pk),
            row.name,
            reverse("journeys:journey", args=[row.pk]),
            row.ended,
            row.standing,
            0,
            row.due or now,
            row.due is not None and row.due <= now,
        )
        for row in wanted.order_by("name", "pk")
    ]


def skip(actor: Actor, ids: Sequence[str], clock: Clock) -> None:
    """Pauses these; whoever is on them stands still until somebody resumes them or takes people out."""
    for journey_id in ids:
        journeys.pause(actor=actor, journey_id=uuid.UUID(journey_id), clock=clock)


def register() -> None:
    HELD_WORK.register(HeldWork("journeys", _("Journeys"), items, skip, hearing.LOOP))
