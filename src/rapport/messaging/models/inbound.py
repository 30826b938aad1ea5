"""What comes back: receipts for deliveries, and messages of persons, over any channel."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from rapport.channels.models import ChannelAccount
from rapport.messaging.models.deliveries import Delivery
from rapport.people.models import Person


class Receipt(models.Model):
    """What the other side said later of a delivery that had been accepted. One row per delivery, kind and gravity.

    Only a permanent failure `about` the recipient suppresses an address; `reason` is a stable key such as
    `mailbox_full`, `code` the protocol's own, `detail` its words. `address_hash` counts failures of one address.
    """

    class Kind(models.TextChoices):
        DELIVERED = "delivered", _("Delivered")
        READ = "read", _("Read")
        BOUNCED = "bounced", _("Bounced")
        COMPLAINED = "complained", _("Complained")

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="receipts")
    kind = models.CharField(max_length=12, choices=Kind)
    permanent = models.BooleanField(default=False)
    about = models.CharField(max_length=12, blank=True, default="")
    reason = models.CharField(max_length=32, blank=True, default="")
    code = models.CharField(max_length=32, blank=True, default="")
    detail = models.TextField(blank=True, default="")
    address_hash = models.CharField(max_length=64, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["delivery", "kind", "permanent"], name="messaging_receipt_unique")
        ]
        indexes = [models.Index(fields=["address_hash", "-at"], name="messaging_receipt_address")]

    def __str__(self) -> str:
        return f"{self.kind} {self.delivery_id}"


class RestedAddress(models.Model):
    """An address that failed softly too often, and gets no marketing until `until`."""

    id = models.BigAutoField(primary_key=True)
    channel = models.CharField(max_length=32)
    address_hash = models.CharField(max_length=64)
    failures = models.IntegerField()
    reason = models.CharField(max_length=32, blank=True, default="")
    since = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        verbose_name_plural = "rested addresses"
        constraints = [
            models.UniqueConstraint(fields=["channel", "address_hash"], name="messaging_rested_unique")
        ]

    def __str__(self) -> str:
        return f"{self.channel} until {self.until}"


class InboundMessage(models.Model):
    """A message of a person (or of a program in their name) to us, over any channel.

    `provider_id` names it for good on its channel: a Message-ID, or the provider's own id; `mailbox` or `account` is
    where it came in. `delivery` is the message of ours that it answers, when that is sure. `attachments` are {"type",
    "name"}, with the "size" and the id of the "file" where what they hold is kept; else it stays where it is, "at" its
    provider until it is fetched, and "why" says what prevents it. An answer
    goes to `answer_to`, if that is not empty, and stands behind the messages whose ids are `earlier`. Without a
    `person` it waits for somebody to say whose it is, unless it was dismissed.
    """

    class Kind(models.TextChoices):
        MESSAGE = "message", _("Message")
        AUTO_REPLY = "auto_reply", _("Automatic reply")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    channel = models.CharField(max_length=32)
    account = models.ForeignKey(ChannelAccount, null=True, blank=True, on_delete=models.SET_NULL)
    mailbox = models.ForeignKey(
        "messaging.Mailbox", null=True, blank=True, on_delete=models.SET_NULL, related_name="messages"
    )
    provider_id = models.CharField(max_length=254)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.MESSAGE)
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="messages"
    )
    delivery = models.ForeignKey(
        Delivery, null=True, blank=True, on_delete=models.SET_NULL, related_name="replies"
    )
    address = models.CharField(max_length=320, blank=True, default="")
    answer_to = models.CharField(max_length=320, blank=True, default="")
    earlier = models.JSONField(default=list)
    name = models.CharField(max_length=254, blank=True, default="")
    subject = models.CharField(max_length=500, blank=True, default="")
    text = models.TextField(blank=True, default="")
    attachments = models.JSONField(default=list)
    received_at = models.DateTimeField()
    dismissed_at = models.DateTimeField(null=True, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "account", "mailbox", "provider_id"],
                name="messaging_inbound_unique",
                nulls_distinct=False,
            )
        ]
        indexes = [
            models.Index(fields=["person", "-received_at"], name="messaging_inbound_person"),
            models.Index(fields=["channel", "address", "-received_at"], name="messaging_inbound_address"),
            models.Index(
                fields=["-received_at", "id"],
                name="messaging_inbound_unmatched",
                condition=models.Q(person=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.provider_id}"
