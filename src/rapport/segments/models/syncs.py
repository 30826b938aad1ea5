"""Telling other programs who is in a segment: webhooks and files, what was sent, and how it went."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from rapport.core.models import Leased
from rapport.segments.models.segments import Segment
from rapport.transfers.models import Export


class Sync(models.Model):
    """A receiver of a segment's members, on behalf of who made it. A webhook is sent what it does not know yet."""

    class Kind(models.TextChoices):
        WEBHOOK = "webhook", _("Webhook")
        FILE = "file", _("CSV file")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="syncs")
    kind = models.CharField(max_length=8, choices=Kind)
    name = models.CharField(max_length=120)
    url = models.CharField(max_length=2000, blank=True, default="")
    secret = models.CharField(max_length=100, blank=True, default="")
    traits = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    every_hours = models.IntegerField(default=24)
    created_at = models.DateTimeField()
    actor_kind = models.CharField(max_length=8)
    actor_id = models.CharField(max_length=64)
    actor_label = models.CharField(max_length=254)
    paused_at = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.name


class SyncedMember(models.Model):
    """A person whom a receiver has been told is in the segment."""

    id = models.BigAutoField(primary_key=True)
    sync = models.ForeignKey(Sync, on_delete=models.CASCADE)
    person_id = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sync", "person_id"], name="segments_synced_unique")]
        indexes = [models.Index(fields=["person_id"], name="segments_synced_person")]

    def __str__(self) -> str:
        return f"{self.person_id} to {self.sync_id}"


class SyncMessage(Leased):
    """One message for a receiver: whom it tells of, by id only, and whether it has arrived; or one file (`export`)."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Given up")

    id = models.BigAutoField(primary_key=True)
    sync = models.ForeignKey(Sync, on_delete=models.CASCADE, related_name="messages")
    message_id = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=12)
    entered = ArrayField(models.UUIDField(), default=list)
    left = ArrayField(models.UUIDField(), default=list)
    part = models.IntegerField(default=1)
    total_parts = models.IntegerField(default=1)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    export = models.ForeignKey(Export, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name_plural = "messages"
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="segments_message_due",
                condition=models.Q(state="waiting"),
            )
        ]

    def __str__(self) -> str:
        return self.message_id


class WebhookAttempt(models.Model):
    """One try to hand over a message."""

    id = models.BigAutoField(primary_key=True)
    message = models.ForeignKey(SyncMessage, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField()
    status = models.IntegerField(null=True)
    milliseconds = models.IntegerField()
    response = models.CharField(max_length=500, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.message_id}: {self.status}"
