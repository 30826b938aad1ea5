"""Browsers and apps that take push messages, and the key that signs for us at their push services."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rapport.people.models import Person


class Device(models.Model):
    """One browser or installed app of a person. `digest` is the hash of what names it at its push service.

    `sealed` is that token encrypted: whoever has it, and the key of the sender, can write to the screen. For a
    browser it is the whole PushSubscription as JSON. `gone_at` is when the push service, or the person, ended it.
    """

    class Kind(models.TextChoices):
        WEB = "web", _("Browser")
        FCM = "fcm", _("Android or Firebase")
        APNS = "apns", _("Apple")

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="devices")
    kind = models.CharField(max_length=8, choices=Kind)
    digest = models.CharField(max_length=64)
    sealed = models.TextField()
    app = models.CharField(max_length=120, blank=True, default="")
    name = models.CharField(max_length=120, blank=True, default="")
    language = models.CharField(max_length=35, blank=True, default="")
    source = models.CharField(max_length=120, blank=True, default="")
    is_proven = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    gone_at = models.DateTimeField(null=True, blank=True)
    gone_because = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "digest"], name="channels_device_unique")]
        indexes = [
            models.Index(fields=["person"], name="channels_device_living", condition=models.Q(gone_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.kind} device {self.pk}"


class VapidKey(models.Model):
    """The key pair by which push services know who sends (RFC 8292). Subscriptions are bound to it, so it stays."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    public = models.CharField(max_length=100)
    sealed = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="channels_vapid_one_row")]

    def __str__(self) -> str:
        return "VAPID key"
