"""Mailboxes that are read, and a line for every mail that was read in them."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rapport.core.models import Leased
from rapport.messaging.models.deliveries import Delivery


class Mailbox(Leased):
    """A folder of an IMAP account. One worker reads it at a time (its lease is the lock).

    `uid_validity` and `last_uid` say up to where it was read. `takes` says whether mails of persons are kept or only
    reports about messages of ours are looked at. Mail to `unsubscribe_address` arrives here: marketing offers it as a
    way out beside its link. With a `token_url` (OAuth 2) access tokens take the place of the password; what they are
    asked for with is encrypted. `revision` grows with every change, so that connections are renewed.
    """

    class Security(models.TextChoices):
        TLS = "tls", _("TLS (port 993)")
        STARTTLS = "starttls", _("STARTTLS (port 143)")
        NONE = "none", _("Not encrypted (only on a network of your own)")

    class Takes(models.TextChoices):
        ALL = "all", _("Reports and mails of persons")
        REPORTS = "reports", _("Only reports: bounces and complaints")

    class After(models.TextChoices):
        SEEN = "seen", _("Mark as read")
        MOVE = "move", _("Move to another folder")
        LEAVE = "leave", _("Leave as it is")

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=120)
    host = models.CharField(max_length=253)
    port = models.PositiveIntegerField(default=993)
    security = models.CharField(max_length=12, choices=Security, default=Security.TLS)
    username = models.CharField(max_length=254)
    password = models.TextField(blank=True, default="")
    token_url = models.CharField(max_length=500, blank=True, default="")
    client_id = models.CharField(max_length=254, blank=True, default="")
    client_secret = models.TextField(blank=True, default="")
    refresh_token = models.TextField(blank=True, default="")
    folder = models.CharField(max_length=254, default="INBOX")
    takes = models.CharField(max_length=12, choices=Takes, default=Takes.ALL)
    after = models.CharField(max_length=12, choices=After, default=After.SEEN)
    move_to = models.CharField(max_length=254, blank=True, default="")
    unsubscribe_address = models.EmailField(max_length=254, blank=True, default="")
    uid_validity = models.BigIntegerField(null=True, blank=True)
    last_uid = models.BigIntegerField(default=0)
    revision = models.IntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=254)
    disabled_at = models.DateTimeField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_error_at = models.DateTimeField(null=True, blank=True)
    last_mail_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "mailboxes"

    def __str__(self) -> str:
        return self.name

    @property
    def has_failed(self) -> bool:
        """Whether the last attempt failed."""
        return bool(self.last_error)


class IncomingMail(models.Model):
    """One mail that was read: what it was, and what followed. The mail itself stays in its mailbox.

    `filed_at` is when it was marked as read or moved, which happens after the commit. `message_id` is a hash (SHA-256)
    of the Message-ID, or of the mail where it has none: the second check against taking a mail twice.
    """

    class Outcome(models.TextChoices):
        COUNTED = "counted", _("Counted")
        KEPT = "kept", _("Kept as a message")
        NOTED = "noted", _("Noted only")
        UNVERIFIED = "unverified", _("Not about a message of ours")
        DUPLICATE = "duplicate", _("Read before")
        QUARANTINED = "quarantined", _("Could not be read")

    id = models.BigAutoField(primary_key=True)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="mails")
    uid_validity = models.BigIntegerField()
    uid = models.BigIntegerField()
    message_id = models.CharField(max_length=64, blank=True, default="")
    kind = models.CharField(max_length=12, blank=True, default="")
    outcome = models.CharField(max_length=12, choices=Outcome)
    reason = models.TextField(blank=True, default="")
    address = models.CharField(max_length=320, blank=True, default="")
    delivery = models.ForeignKey(
        Delivery, null=True, blank=True, on_delete=models.SET_NULL, related_name="incoming_mails"
    )
    size = models.BigIntegerField(default=0)
    received_at = models.DateTimeField()
    read_at = models.DateTimeField()
    filed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mailbox", "uid_validity", "uid"], name="messaging_incomingmail_uid"
            ),
            models.UniqueConstraint(
                fields=["mailbox", "message_id"],
                name="messaging_incomingmail_message",
                condition=~models.Q(outcome__in=["duplicate", "quarantined"]) & ~models.Q(message_id=""),
            ),
        ]
        indexes = [
            models.Index(fields=["mailbox", "-read_at"], name="messaging_incomingmail_read"),
            models.Index(
                fields=["mailbox"],
                name="messaging_incomingmail_unfiled",
                condition=models.Q(filed_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mailbox_id}:{self.uid}"
