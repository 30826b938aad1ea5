"""Whose turn it is: an import or export is worked on under a lease that every step renews, with a fence behind it."""

from __future__ import annotations

import datetime as dt
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models import F, Q

from rapport.core import access
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM
from rapport.core.models import ApiKey, User

LEASE = dt.timedelta(seconds=60)
# Tries without a step forward before a job is given up. A worker that is killed, or loses its database for good, cannot
# say that it was not the file's fault, so there are enough of them to get through a bad hour.
ATTEMPTS = 20
Job = TypeVar("Job", bound=models.Model)


class Lost(Exception):
    """Another worker has taken over: nothing of what was being done may be committed."""


def claim(model: type[Job], states: list[str], pk: object = None) -> Job | None:
    """The oldest job in one of the states that nobody works on; it is the caller's until the lease ends."""
    now = SYSTEM.now()
    with transaction.atomic():
        free = Q(lease_until=None) | Q(lease_until__lt=now)
        waiting = model._default_manager.filter(free, state__in=states).order_by("created_at")
        if pk is not None:
            waiting = waiting.filter(pk=pk)
        job = waiting.select_for_update(skip_locked=True).first()
        if job is None:
            return None
        update = {"fence": F("fence") + 1, "attempts": F("attempts") + 1, "lease_until": now + LEASE}
        model._default_manager.filter(pk=job.pk).update(**update)
    job.refresh_from_db()
    return job


def renew(job: Any, **fields: Any) -> None:
    """Saves fields under the fence, and the lease with them; in the caller's transaction. Raises Lost."""
    mine = type(job)._default_manager.filter(pk=job.pk, fence=job.fence)
    if not mine.update(lease_until=SYSTEM.now() + LEASE, **fields):
        raise Lost
    for name, value in fields.items():
        setattr(job, name, value)


def release(job: Any, **fields: Any) -> None:
    """Ends the work on a job, for whatever reason. Raises Lost."""
    mine = type(job)._default_manager.filter(pk=job.pk, fence=job.fence)
    if not mine.update(lease_until=None, **fields):
        raise Lost
    for name, value in fields.items():
        setattr(job, name, value)


def actor_of(job: Any) -> Actor:
    """Who asked for it, with what he may do now. Raises PermissionDenied through `require` when that shrank."""
    if job.actor_kind == "user":
        user = User.objects.filter(pk=job.actor_id, is_active=True).first()
        return access.for_user(user) if user else Actor("user", job.actor_id, job.actor_label, {})
    if job.actor_kind == "api_key":
        key = ApiKey.objects.filter(pk=job.actor_id, revoked_at=None).first()
        return access.for_key(key) if key else Actor("api_key", job.actor_id, job.actor_label, {})
    return access.system(job.actor_label)
