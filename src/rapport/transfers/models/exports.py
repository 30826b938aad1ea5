"""Files of people that were asked for."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Export(models.Model):
    """One file of people, written by its job.

    `scope` says who is in it ({"kind": "people", "query": …} or a scope that a higher app registered), `columns`
    which columns, in order. The file is deleted at `expires_at`; one that was ordered with a `path` of the receiver's
    has no such time.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Ready")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")
        EXPIRED = "expired", _("Expired")

    class Format(models.TextChoices):
        CSV = "csv", _("CSV")
        XLSX = "xlsx", _("Excel (XLSX)")
        PARQUET = "parquet", _("Parquet")
        VCARD = "vcard", _("vCard 4")
        JSONL = "jsonl", _("JSON lines")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=120)
    format = models.CharField(max_length=8, choices=Format)
    scope = models.JSONField()
    columns = models.JSONField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    rows = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0)
    path = models.CharField(max_length=254, blank=True, default="")
    file = models.CharField(max_length=254, blank=True, default="")
    job = models.ForeignKey("core.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    actor_kind = models.CharField(max_length=8)
    actor_id = models.CharField(max_length=64)
    actor_label = models.CharField(max_length=254)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-created_at", "id"], name="transfers_export_recent")]

    def __str__(self) -> str:
        return self.name

    @property
    def problem(self) -> str:
        """What went wrong with the last try."""
        return self.job.last_error if self.job else ""

    @property
    def written(self) -> int:
        """How many people are in the file so far."""
        return self.job.done if self.job else self.rows
