"""Files that bring people, what their columns mean, and the journal of what each chunk did."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ImportMapping(models.Model):
    """What the columns of a kind of file mean.

    `headers_key` is the digest of the column names; the newest mapping used for them is suggested again. A
    mapping with a `name` was saved on purpose.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=120, blank=True, default="")
    headers_key = models.CharField(max_length=64)
    mapping = models.JSONField()
    used_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=254, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["headers_key", "name"], name="transfers_importmapping_unique")
        ]

    def __str__(self) -> str:
        return self.name or "remembered"


class Import(models.Model):
    """One file of people: uploaded, mapped, then checked, run and reverted by its `job`.

    `position` is the number of the last data row whose effects are committed; it moves in the transaction of
    those effects. `counts` and `report` describe the run and the dry run. `pausing`: its job was stopped for a pause.
    `excluded` are ranges of rows, [[first, last], …], that are not to come in.
    """

    class State(models.TextChoices):
        MAPPING = "mapping", _("Needs mapping")
        CHECKING = "checking", _("Checking")
        CHECKED = "checked", _("Checked")
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")
        FAILED = "failed", _("Failed")
        REVERTING = "reverting", _("Reverting")
        REVERTED = "reverted", _("Reverted")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=254)
    file = models.CharField(max_length=254, blank=True, default="")
    size = models.BigIntegerField(default=0)
    content_hash = models.CharField(max_length=64)
    layout = models.JSONField(default=dict)
    headers = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    system = models.CharField(max_length=32, blank=True, default="")
    state = models.CharField(max_length=12, choices=State, default=State.MAPPING)
    pausing = models.BooleanField(default=False)
    excluded = models.JSONField(default=list)
    rows = models.BigIntegerField(default=0)
    position = models.BigIntegerField(default=0)
    counts = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    job = models.ForeignKey("core.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    actor_kind = models.CharField(max_length=8)
    actor_id = models.CharField(max_length=64)
    actor_label = models.CharField(max_length=254)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    reverted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["-created_at", "id"], name="transfers_import_recent"),
            models.Index(fields=["content_hash"], name="transfers_import_content"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def source(self) -> str:
        """How traits and identifiers say that they came from this file."""
        return f"import: {self.name}"[:120]

    @property
    def problem(self) -> str:
        """What went wrong with the last try."""
        return self.job.last_error if self.job else ""

    @property
    def done(self) -> int:
        """How far the work in hand is: rows checked or imported, chunks reverted."""
        return self.job.done if self.job and self.job.is_live else self.position

    @property
    def stopping(self) -> bool:
        """Whether it was paused or cancelled and its worker has not noticed yet."""
        return bool(self.job and self.job.is_live and self.job.cancel_requested_at)

    @property
    def token(self) -> str:
        """The beginning of the message ids of everything that came from this file."""
        return f"import-{self.id.hex[:16]}"


class ImportChunk(models.Model):
    """What one chunk of rows did, written in the transaction of its effects; enough to take it back.

    `journal` is zstd(JSON lines {"row", "person", "made", "traits", "facts", "identifiers", "held", …}) of rows
    that changed something; `problems` is [[row, code, text, value], …], with a value where a single
    cell did not come in (code cell:Column). `people` are those of the journal.
    """

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="chunks")
    first_row = models.BigIntegerField()
    last_row = models.BigIntegerField()
    people = ArrayField(models.UUIDField())
    journal = models.BinaryField()
    problems = models.JSONField(default=list)
    reverted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "first_row"], name="transfers_importchunk_unique")
        ]

    def __str__(self) -> str:
        return f"rows {self.first_row}-{self.last_row}"
