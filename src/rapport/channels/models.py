"""The accounts over which channels send and receive, and whom messages come from."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rapport.channels.email.models import (
    DkimKey,
    DomainCheck,
    MailToken,
    ProviderPace,
    SendingDomain,
    WarmupDay,
)
from rapport.channels.inbox.models import InboxMessage
from rapport.channels.phone.models import CallAttempt, CallTask
from rapport.channels.post.models import Mailpiece, PrintFile
from rapport.channels.push.models import Device, VapidKey

__all__ = [
    "CallAttempt",
    "CallTask",
    "ChannelAccount",
    "Device",
    "DkimKey",
    "DomainCheck",
    "InboxMessage",
    "MailToken",
    "Mailpiece",
    "PrintFile",
    "ProviderPace",
    "SenderIdentity",
    "SendingDomain",
    "VapidKey",
    "WarmupDay",
]


class ChannelAccount(models.Model):
    """One configured way over a channel, for marketing, for all else, or for both.

    `settings` are those of its adapter but for the secret ones, which stand encrypted in `secrets`. `token` is the
    secret part of the address that its provider calls. `revision` grows with every change, so that every process
    opens the channel anew. An account of a social network (`networks`) has the stream `public` and its network as
    channel; `details` are what it said of itself (its name, its limits, when its token ends), and until `rests_until`
    the network wants to be left alone.
    """

    class Stream(models.TextChoices):
        BOTH = "both", _("Everything")
        MARKETING = "marketing", _("Marketing")
        TRANSACTIONAL = "transactional", _("Transactional")
        PUBLIC = "public", _("Public posts")

    id = models.BigAutoField(primary_key=True)
    channel = models.CharField(max_length=32)
    adapter = models.CharField(max_length=32)
    name = models.CharField(max_length=120)
    stream = models.CharField(max_length=16, choices=Stream, default=Stream.BOTH)
    settings = models.JSONField(default=dict)
    secrets = models.TextField(blank=True, default="")
    token = models.CharField(max_length=64, unique=True)
    revision = models.IntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=254)
    disabled_at = models.DateTimeField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_error_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True, default="")
    last_call_at = models.DateTimeField(null=True, blank=True)
    calls_refused = models.BigIntegerField(default=0)
    details = models.JSONField(default=dict)
    rests_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "stream"],
                name="channels_account_active",
                condition=models.Q(disabled_at=None) & ~models.Q(stream="public"),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_failed(self) -> bool:
        """Whether the last attempt that is known failed."""
        if self.last_error_at is None:
            return False
        return self.last_success_at is None or self.last_error_at > self.last_success_at


class SenderIdentity(models.Model):
    """Whom mail of one stream comes from; marketing and all else have one each, so that neither spoils the other."""

    class Stream(models.TextChoices):
        MARKETING = "marketing", _("Marketing")
        TRANSACTIONAL = "transactional", _("Transactional")

    stream = models.CharField(max_length=16, primary_key=True, choices=Stream)
    name = models.CharField(max_length=120, blank=True, default="")
    address = models.EmailField()
    reply_to = models.EmailField(blank=True, default="")

    def __str__(self) -> str:
        return self.address
