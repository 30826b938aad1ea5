"""Addresses at which other systems report what happened there, and what they have sent."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from rapport.events.models import Source


class Webhook(models.Model):
    """One address `/in/<token>`, how its sender is proven, and what its payloads mean.

    `mapping` is empty until one has been tried on a sample; payloads wait until then. With a `reader`, an app that has
    registered it reads them instead. `secret` is kept encrypted.
    """

    class Signing(models.TextChoices):
        NONE = "none", _("None (secret address only)")
        HMAC = "hmac", _("HMAC-SHA256 in a header")
        STANDARD = "standard", _("Standard Webhooks")
        STRIPE = "stripe", _("Stripe-Signature")

    source = models.OneToOneField(Source, on_delete=models.CASCADE, related_name="webhook")
    token = models.CharField(max_length=64, unique=True)
    signing = models.CharField(max_length=10, choices=Signing, default=Signing.NONE)
    secret = models.TextField(blank=True, default="")
    header = models.CharField(max_length=100, blank=True, default="")
    prefix = models.CharField(max_length=40, blank=True, default="")
    tolerance_seconds = models.IntegerField(default=300)
    per_minute = models.IntegerField(default=600)
    reader = models.CharField(max_length=40, blank=True, default="")
    mapping = models.JSONField(default=dict, blank=True)
    sample = models.TextField(blank=True, default="")
    mapped_at = models.DateTimeField(null=True, blank=True)
    window_start = models.DateTimeField(null=True, blank=True)
    window_count = models.IntegerField(default=0)
    refused_at = models.DateTimeField(null=True, blank=True)
    refused_reason = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return f"webhook {self.pk}"


class Received(models.Model):
    """A payload as it came, durable before it was answered. `identifiers` are the identifiers found in it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Processed")
        SKIPPED = "skipped", _("Condition not met")
        FAILED = "failed", _("Failed")
        DISCARDED = "discarded", _("Discarded")

    id = models.BigAutoField(primary_key=True)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="received")
    at = models.DateTimeField(db_default=Now())
    headers = models.JSONField(default=dict)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    reason = models.TextField(blank=True, default="")
    events = models.IntegerField(default=0)
    identifiers = ArrayField(models.CharField(max_length=1000), default=list, blank=True)

    class Meta:
        verbose_name_plural = "received"
        indexes = [
            models.Index(fields=["webhook", "-id"], name="transfers_received_recent"),
            models.Index(fields=["id"], name="transfers_received_wait", condition=models.Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"payload {self.pk}"
