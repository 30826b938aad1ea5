"""Work in the background: jobs, and the columns of rows that workers claim under a lease."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Leased(models.Model):
    """Columns of a row that one worker at a time works on; written by `core.jobs` only.

    A claim sets `lease_until` and raises `fence` and `attempts`. Writes under a lease name its fence, so that a
    worker that lost its lease can commit nothing more. `next_attempt_at` is when the row may be claimed (again).
    """

    lease_until = models.DateTimeField(null=True, blank=True)
    fence = models.IntegerField(default=0)
    attempts = models.IntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    last_error = models.TextField(blank=True, default="")

    class Meta:
        abstract = True


class Job(Leased):
    """One piece of work that somebody, or a schedule, asked for. `payload` holds ids and settings, no personal data.

    `attempts` counts tries that got no further than `furthest` of `done`. There is at most one live job of a
    `unique_key`. The requester's rights are looked up again when it runs.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    LIVE: ClassVar[tuple[str, ...]] = (State.WAITING, State.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=64)
    payload = models.JSONField(default=dict)
    unique_key = models.CharField(max_length=200, blank=True, default="")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    stage = models.CharField(max_length=60, blank=True, default="")
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    furthest = models.BigIntegerField(default=0)
    result = models.JSONField(default=dict)
    actor_kind = models.CharField(max_length=8)
    actor_id = models.CharField(max_length=64)
    actor_label = models.CharField(max_length=254)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["kind", "next_attempt_at"],
                name="core_job_due",
                condition=models.Q(state__in=("waiting", "running")),
            ),
            models.Index(fields=["kind", "-created_at"], name="core_job_newest"),
            models.Index(fields=["-created_at", "id"], name="core_job_recent"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["unique_key"],
                name="core_job_unique",
                condition=models.Q(state__in=("waiting", "running")) & ~models.Q(unique_key=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_live(self) -> bool:
        return self.state in self.LIVE
