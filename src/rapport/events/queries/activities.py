"""Reads of what was written down by hand."""

from __future__ import annotations

import uuid

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.http import Http404

from rapport.core.access import Actor
from rapport.events.models import Activity, ActivityVersion
from rapport.people.queries import family, person_for


def activities(actor: Actor, person_id: uuid.UUID) -> QuerySet[ActivityVersion]:
    """The newest version of each activity with a person and those merged into them. Raises Http404."""
    person = person_for(actor, person_id)
    newest = (
        ActivityVersion.objects.filter(activity=OuterRef("activity")).order_by("-number").values("number")[:1]
    )
    return (
        ActivityVersion.objects.filter(activity__person_id__in=family(person.pk), removed=False)
        .annotate(newest=Subquery(newest))
        .filter(number=F("newest"))
        .select_related("activity", "company")
        .order_by("-at", "-id")
    )


def activity_for(actor: Actor, person_id: uuid.UUID, activity_id: uuid.UUID) -> Activity:
    """Raises Http404."""
    person = person_for(actor, person_id)
    activity = Activity.objects.filter(pk=activity_id, person_id__in=family(person.pk)).first()
    if activity is None:
        raise Http404
    return activity


def history(activity: Activity) -> list[ActivityVersion]:
    """Everything that was said of it, newest first."""
    return list(activity.versions.select_related("company", "activity").order_by("-number"))
