"""What is computed of everybody: after its definition changed, and again as time passes."""

from __future__ import annotations

from django.db import models

from rapport.core.models import Job


class Computation(models.Model):
    """Columns of a segment, a computed trait or the lifecycle that say how its computation stands.

    `requested_at` asks for a whole computation, since when; `started_at` is that of the one under way; `job` is
    the last one enqueued, be it for now or for when time alone may have changed something.
    """

    version = models.IntegerField(default=1)
    requested_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    computed_at = models.DateTimeField(null=True, blank=True)
    computed_version = models.IntegerField(default=0)
    took_ms = models.IntegerField(default=0)
    problem = models.TextField(blank=True, default="")
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        abstract = True

    @property
    def progress(self) -> str:
        """`failed` (and to be retried), `computing` or `ready`."""
        if self.problem:
            return "failed"
        return "computing" if self.requested_at or self.computed_version < self.version else "ready"


class Backfill(Computation):
    """A computation that renews a trait of everybody: `total` values differed, and are renewed in blocks by live
    evaluation; `last_change_set` is the last change set that the present block went out in."""

    total = models.IntegerField(default=0)
    last_change_set = models.BigIntegerField(default=0)

    class Meta:
        abstract = True
