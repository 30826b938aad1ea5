"""The rows that carry events from capture to ClickHouse."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from rapport.events.models.sources import Source


class LogBatch(models.Model):
    """The event log: one accepted request's events of one partition, durable before the answer.

    `payload` is zstd(JSON array of `capture.envelope` events). Rows leave the table when processed.
    """

    id = models.BigAutoField(primary_key=True)
    partition = models.SmallIntegerField(default=0)
    source = models.ForeignKey(Source, on_delete=models.PROTECT)
    received_at = models.DateTimeField(db_default=Now())
    events = models.IntegerField()
    payload = models.BinaryField()

    class Meta:
        verbose_name_plural = "log batches"
        indexes = [models.Index(fields=["partition", "id"], name="events_log_partition")]

    def __str__(self) -> str:
        return f"batch {self.pk}"


class SeenMessage(models.Model):
    """Deduplication: one row per event accepted, for as long as the event is kept.

    `key` is the first 16 bytes of blake2b(source id, message id).
    """

    key = models.UUIDField(primary_key=True)
    day = models.DateField()

    def __str__(self) -> str:
        return str(self.key)


class QuarantinedEvent(models.Model):
    """An event that could not be taken or processed, with the reason, to inspect and replay."""

    class Stage(models.TextChoices):
        CAPTURE = "capture", _("Refused at capture")
        STREAM = "stream", _("Failed in processing")
        STORE = "store", _("Refused by the event store")

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=Now())
    source = models.ForeignKey(Source, null=True, on_delete=models.CASCADE)
    stage = models.CharField(max_length=8, choices=Stage)
    reason = models.TextField()
    payload = models.BinaryField()
    message_id = models.CharField(max_length=100, blank=True, default="")
    person_id = models.UUIDField(null=True, blank=True)
    replayed_at = models.DateTimeField(null=True, blank=True)
    discarded_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.stage}: {self.reason[:60]}"
