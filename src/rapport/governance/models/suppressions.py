"""Suppression of addresses, and requests of the people themselves."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Suppression(models.Model):
    """An address that nothing is sent to, kept as a keyed hash so that it survives erasure and imports."""

    class Reason(models.TextChoices):
        UNSUBSCRIBED = "unsubscribed", _("Unsubscribed from everything")
        BOUNCED = "bounced", _("Address does not exist")
        COMPLAINED = "complained", _("Marked as spam")
        ERASED = "erased", _("Asked to be forgotten")
        MANUAL = "manual", _("Added by hand")

    id = models.BigAutoField(primary_key=True)
    channel = models.CharField(max_length=16)
    address_hash = models.CharField(max_length=64)
    reason = models.CharField(max_length=16, choices=Reason)
    at = models.DateTimeField(default=timezone.now)
    source = models.CharField(max_length=254, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "address_hash"], name="governance_suppression_unique")
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.reason}"


class SuppressionRemoval(models.Model):
    """An address was taken off the suppression list: by whom, why, and what had put it there."""

    id = models.BigAutoField(primary_key=True)
    channel = models.CharField(max_length=16)
    address_hash = models.CharField(max_length=64)
    suppressed_for = models.CharField(max_length=16, choices=Suppression.Reason)
    suppressed_at = models.DateTimeField()
    reason = models.CharField(max_length=500)
    removed_at = models.DateTimeField()
    removed_by = models.CharField(max_length=254)

    def __str__(self) -> str:
        return f"{self.channel} {self.removed_at:%Y-%m-%d}"


class SubjectRequest(models.Model):
    """A person's request under GDPR articles 15 to 21, and what became of it."""

    class Kind(models.TextChoices):
        EXPORT = "export", _("Copy of the data")
        ERASURE = "erasure", _("Erasure")
        RECTIFICATION = "rectification", _("Correction")

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=16, choices=Kind)
    person_id = models.UUIDField()
    # What they want corrected, in their own words.
    details = models.TextField(blank=True, default="")
    requested_at = models.DateTimeField(default=timezone.now)
    requested_by = models.CharField(max_length=254)
    completed_at = models.DateTimeField(null=True, blank=True)
    receipt = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.kind} of {self.person_id}"

    @property
    def is_open(self) -> bool:
        """Asked for, and nothing done about it yet; an erasure that runs has a receipt already."""
        return self.completed_at is None and not self.receipt

    @property
    def answer_by(self) -> dt.datetime:
        """GDPR article 12(3): within one month, for which 30 days are taken."""
        return self.requested_at + dt.timedelta(days=30)
