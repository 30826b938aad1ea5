"""Reads of calls, as far as the actor may see the persons they go to."""

from __future__ import annotations

import datetime as dt
import uuid
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from rapport.channels import allowed
from rapport.channels.phone.models import CallTask
from rapport.core.access import Actor
from rapport.core.models.owned import covered
from rapport.core.queries import workspace
from rapport.people.models import Person
from rapport.people.queries import family, survivor_of

ZONE_TRAITS = ("timezone", "time_zone", "timeZone")


def calls(actor: Actor) -> QuerySet[CallTask]:
    """The calls to persons within the actor's reach. Raises Http404."""
    if not actor.may("calls.view"):
        raise Http404
    return covered(CallTask.objects.select_related("person", "claimed_by"), actor, "calls.view")


def call_for(actor: Actor, call_id: int, *, lock: bool = False) -> CallTask:
    """Raises Http404."""
    rows = calls(actor)
    return get_object_or_404(rows.select_for_update(of=("self",)) if lock else rows, pk=call_id)


def due(actor: Actor, now: dt.datetime) -> QuerySet[CallTask]:
    """The calls that are nobody's yet, those due for longest first."""
    return calls(actor).filter(state=CallTask.State.WAITING, due_at__lte=now).order_by("due_at", "pk")


def claimed_by(actor: Actor) -> CallTask | None:
    """The call that the actor is on."""
    own = calls(actor).filter(state=CallTask.State.CLAIMED, claimed_by=actor.user_id)
    return own.order_by("claimed_at").first() if actor.user_id else None


def calls_of(actor: Actor, person_id: uuid.UUID) -> QuerySet[CallTask]:
    """The calls to a person, newest first, those to whom they were merged from too."""
    return calls(actor).filter(person_id__in=family(person_id)).order_by("-created_at")


def refusal(task: CallTask, now: dt.datetime) -> str:
    """Why the person must not be called now, or an empty text: asked again before every call."""
    if task.expires_at is not None and task.expires_at <= now:
        return "late"
    return allowed.refusal(task.person_id, task.purpose, "phone", task.number, now)


def survivor(task: CallTask) -> uuid.UUID | None:
    """Who the person is now."""
    return survivor_of([task.person_id]).get(task.person_id, task.person_id) if task.person_id else None


def local_time(person: Person | None, now: dt.datetime) -> dt.datetime:
    """What the clock shows where the person is, as far as we know."""
    traits = person.traits if person is not None else {}
    for zone in (*(traits.get(name) for name in ZONE_TRAITS), workspace().time_zone):
        try:
            return now.astimezone(ZoneInfo(str(zone)))
        except (ValueError, OSError, LookupError):
            continue
    return now
