"""Domains that mail is sent from: their DKIM keys, what DNS says of them, and how fast providers take their mail."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone


class SendingDomain(models.Model):
    """A domain in the From address of what is sent; `name` is in A-labels.

    With `warmup_from`, a domain that mailbox providers do not know yet sends `warmup_first` messages on that day and
    `warmup_growth` per cent more on each day after it, until a day's share reaches `warmup_target`.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=253, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=254)
    warmup_from = models.DateField(null=True, blank=True)
    warmup_first = models.PositiveIntegerField(default=50)
    warmup_growth = models.PositiveIntegerField(default=50)
    warmup_target = models.PositiveIntegerField(default=50_000)

    class Meta:
        app_label = "channels"

    def __str__(self) -> str:
        return self.name


class DkimKey(models.Model):
    """A signing key (RSA, 2048 bits): made, then published in DNS, then signing, then retired for another.

    `private` is encrypted; `public` is what the record's p= says. Only one key of a domain signs.
    """

    id = models.BigAutoField(primary_key=True)
    domain = models.ForeignKey(SendingDomain, on_delete=models.CASCADE, related_name="keys")
    selector = models.CharField(max_length=63)
    private = models.TextField()
    public = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)
    signing_since = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        app_label = "channels"
        constraints = [
            models.UniqueConstraint(fields=["domain", "selector"], name="channels_dkim_selector"),
            models.UniqueConstraint(
                fields=["domain"],
                name="channels_dkim_signing",
                condition=models.Q(signing_since__isnull=False, retired_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.selector}._domainkey"

    @property
    def state(self) -> str:
        return "retired" if self.retired_at else "signing" if self.signing_since else "new"


class DomainCheck(models.Model):
    """What DNS and the mail server said of a domain at one time: `results` as `email.checks.Result` has them."""

    id = models.BigAutoField(primary_key=True)
    domain = models.ForeignKey(SendingDomain, on_delete=models.CASCADE, related_name="checks")
    checked_at = models.DateTimeField()
    results: models.JSONField[list[dict[str, Any]]] = models.JSONField(default=list)
    passed = models.BooleanField()

    class Meta:
        app_label = "channels"
        indexes = [models.Index(fields=["domain", "-checked_at"], name="channels_domain_check")]

    def __str__(self) -> str:
        return f"check {self.pk}"


class ProviderPace(models.Model):
    """How fast one mailbox provider (`email.groups`: the domain that stands for it) takes mail.

    At most `per_minute` messages a minute, if that is set: `minute` and `used` count, and `next_turn` is up to when the
    turns of what waits are given. It rests until `rests_until` after it asked us to slow down, longer with each of the
    `strikes` in a row; `answer` is what it said.
    """

    provider = models.CharField(max_length=253, primary_key=True)
    per_minute = models.PositiveIntegerField(null=True, blank=True)
    minute = models.DateTimeField(null=True, blank=True)
    used = models.PositiveIntegerField(default=0)
    next_turn = models.DateTimeField(null=True, blank=True)
    strikes = models.PositiveSmallIntegerField(default=0)
    rests_until = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=254, blank=True, default="")

    class Meta:
        app_label = "channels"

    def __str__(self) -> str:
        return self.provider


class ReceivingDomain(models.Model):
    """A domain that mail went to, and the `provider` that its mail servers (MX) belong to, if that is a known one."""

    name = models.CharField(max_length=253, primary_key=True)
    provider = models.CharField(max_length=253, blank=True, default="")
    asked_at = models.DateTimeField(null=True, blank=True)
    failed = models.BooleanField(default=False)

    class Meta:
        app_label = "channels"
        indexes = [models.Index(fields=["asked_at"], name="channels_receivingdomain_asked")]

    def __str__(self) -> str:
        return self.name


class MailToken(models.Model):
    """An access token of a mail server (OAuth 2), with the refresh token for the next, encrypted. `key` is a hash of
    the settings that it was asked for with."""

    key = models.CharField(max_length=64, primary_key=True)
    sealed = models.TextField(blank=True, default="")
    expires_at = models.DateTimeField()

    class Meta:
        app_label = "channels"

    def __str__(self) -> str:
        return self.key[:8]


class WarmupDay(models.Model):
    """How many messages a domain that is warming up has sent on one day, and how many were put off to it."""

    id = models.BigAutoField(primary_key=True)
    domain = models.ForeignKey(SendingDomain, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    used = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)

    class Meta:
        app_label = "channels"
        constraints = [models.UniqueConstraint(fields=["domain", "day"], name="channels_warmup_day")]

    def __str__(self) -> str:
        return f"{self.domain_id} {self.day}"
