"""Enqueueing jobs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.jobs.registry import JOB_KINDS
from rapport.core.models import Job
from rapport.core.services.wake import wake


class AlreadyQueued(Exception):
    """There is a live job of this unique key."""


def hasten(unique_key: str, *, clock: Clock = SYSTEM) -> Job | None:
    """Lets the live job of this key run now, whatever it waits for; None when there is none."""
    job = Job.objects.filter(unique_key=unique_key, state__in=Job.LIVE).first()
    if job is not None:
        waiting = Job.objects.filter(pk=job.pk, state=Job.State.WAITING)
        waiting.update(next_attempt_at=clock.now(), attempts=0, last_error="")
        wake(JOB_KINDS[job.kind].loop)
    return job


def enqueue(
    *,
    actor: Actor,
    kind: str,
    payload: Mapping[str, Any] | None = None,
    unique_key: str = "",
    total: int = 0,
    at: dt.datetime | None = None,
    clock: Clock = SYSTEM,
) -> Job:
    """Adds a job in the caller's transaction; it runs on the actor's behalf, not before `at`. Raises AlreadyQueued."""
    now = clock.now()
    job = Job(
        kind=kind, payload=payload or {}, unique_key=unique_key, total=total, created_at=now, next_attempt_at=at or now,
        actor_kind=actor.kind, actor_id=actor.id[:64], actor_label=actor.label[:254],
    )  # fmt: skip
    try:
        with transaction.atomic():
            job.save(force_insert=True)
    except IntegrityError as error:
        raise AlreadyQueued(unique_key) from error
    wake(JOB_KINDS[kind].loop)
    return job
