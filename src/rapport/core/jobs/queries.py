"""Reads of jobs."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import Count, Min, Q, QuerySet
from django.http import Http404

from rapport.core.access import Actor
from rapport.core.models import Job

# A job that is due and untouched for so long has no worker.
OVERDUE = dt.timedelta(minutes=10)


def jobs(actor: Actor) -> QuerySet[Job]:
    """Everybody's jobs with `jobs.view`, else the actor's own."""
    rows = Job.objects.all()
    return rows if actor.may("jobs.view") else rows.filter(actor_kind=actor.kind, actor_id=actor.id)


def job_for(actor: Actor, job_id: uuid.UUID) -> Job:
    """Raises Http404."""
    job = jobs(actor).filter(pk=job_id).first()
    if job is None:
        raise Http404
    return job


def latest_instead(actor: Actor, job_id: uuid.UUID, kind: str, unique_key: str) -> Job | None:
    """The newest job of a kind and unique key, where the one with this id has made room; None while that is there."""
    rows = jobs(actor)
    if not kind or rows.filter(pk=job_id).exists():
        return None
    return rows.filter(kind=kind, unique_key=unique_key).order_by("-created_at").first()


@dataclass(frozen=True, slots=True)
class Health:
    """How the jobs of one kind stand."""

    kind: str
    waiting: int
    running: int
    failed: int
    overdue: int
    oldest: dt.datetime | None


def health(now: dt.datetime) -> list[Health]:
    """By kind: what waits, runs, failed within a day, and what no worker has taken up."""
    late = now - OVERDUE
    free = Q(lease_until=None) | Q(lease_until__lte=late)
    live = Q(state__in=Job.LIVE)
    rows = (
        Job.objects.filter(live | Q(state=Job.State.FAILED, finished_at__gte=now - dt.timedelta(days=1)))
        .values("kind")
        .annotate(
            waiting=Count("pk", filter=Q(state=Job.State.WAITING)),
            running=Count("pk", filter=Q(state=Job.State.RUNNING)),
            failed=Count("pk", filter=Q(state=Job.State.FAILED)),
            overdue=Count("pk", filter=live & free & Q(next_attempt_at__lte=late)),
            oldest=Min("created_at", filter=live),
        )
        .order_by("kind")
    )
    return [Health(**row) for row in rows]
