"""Webhook endpoints: who is told of which events, what waits for them, and every try to hand it over."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from rapport.core.models import Leased


class WebhookEndpoint(models.Model):
    """A receiver of events, with the rights of whoever set its address and events last (`actor_…`).

    `events` are names of events, or beginnings of them that end in `*`. `secret` signs every message; until
    `former_until` so does `former_secret`, the one before it (both are kept encrypted). `failing_since` is the first
    failure since the last success, `failures` how many there were since; until `rests_until` nothing is sent. `missed`
    events, the first of them at `missed_since`, were not queued because it was disabled or too much waited.
    """

    class Disabled(models.TextChoices):
        NOT = "", _("In use")
        BY_HAND = "by_hand", _("Disabled by hand")
        GONE = "gone", _("The receiver has ended it (410)")
        FAILING = "failing", _("It failed for days")
        RIGHTS = "rights", _("Whoever set it up may no longer do so")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=120)
    url = models.CharField(max_length=2000)
    events = ArrayField(models.CharField(max_length=200))
    secret = models.TextField()
    former_secret = models.TextField(blank=True, default="")
    former_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    actor_kind = models.CharField(max_length=8)
    actor_id = models.CharField(max_length=64)
    actor_label = models.CharField(max_length=254)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_because = models.CharField(max_length=8, choices=Disabled, blank=True, default="")
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_error_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True, default="")
    failing_since = models.DateTimeField(null=True, blank=True)
    failures = models.IntegerField(default=0)
    rests_until = models.DateTimeField(null=True, blank=True)
    missed = models.BigIntegerField(default=0)
    missed_since = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class WebhookMessage(Leased):
    """One event for one endpoint. `webhook_id` is made from the event, so it is the same whenever it is sent."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Given up")
        WITHHELD = "withheld", _("Withheld")

    id = models.BigAutoField(primary_key=True)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="messages")
    webhook_id = models.CharField(max_length=64)
    event = models.CharField(max_length=200)
    message_id = models.CharField(max_length=200)
    person_id = models.UUIDField(null=True, blank=True)
    at = models.DateTimeField()
    source = models.CharField(max_length=200, blank=True, default="")
    properties = models.BinaryField(default=b"{}")
    is_test = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "webhook_id"], name="integrations_message_unique")
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "next_attempt_at"],
                name="integrations_message_due",
                condition=models.Q(state="waiting"),
            ),
            models.Index(fields=["endpoint", "-id"], name="integrations_message_newest"),
            models.Index(fields=["person_id"], name="integrations_message_person"),
            models.Index(
                fields=["settled_at"],
                name="integrations_message_settled",
                condition=models.Q(settled_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.webhook_id


class WebhookAttempt(models.Model):
    """One try to hand over a message: the answer's status and the beginning of its text, or why there was none."""

    id = models.BigAutoField(primary_key=True)
    message = models.ForeignKey(WebhookMessage, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField()
    status = models.IntegerField(null=True, blank=True)
    milliseconds = models.IntegerField()
    response = models.CharField(max_length=500, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.message_id}: {self.status}"
