"""The ledger: one row per message to one person, what became of it, and what was done with it."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rapport.content.models import Link
from rapport.messaging.models.sends import Send
from rapport.people.models import Person


class Delivery(models.Model):
    """The send ledger: one message to one person, ending in exactly one terminal state.

    queued → claimed → sent | uncertain | failed; queued → skipped (the gate said no, `reason` says which).
    `explanation` keeps what decided: why the origin chose the person, consent record, template version, cap.
    `occurrence` tells apart several messages of one send to one person (a call's id, an enrolment); it is empty where
    there is one. `requested_address` is where it is to go instead of the person's own address. `data` are the values
    that the call or the event gave, `context` all others that the template printed, so that the message can be shown
    as it was sent.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        CLAIMED = "claimed", _("Being sent")
        SENT = "sent", _("Sent")
        SKIPPED = "skipped", _("Not sent")
        FAILED = "failed", _("Failed")
        UNCERTAIN = "uncertain", _("Uncertain")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    # Other indexes begin with these two.
    send = models.ForeignKey(Send, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    person = models.ForeignKey(
        Person, null=True, on_delete=models.SET_NULL, related_name="deliveries", db_index=False
    )
    channel = models.CharField(max_length=16)
    occurrence = models.CharField(max_length=64, blank=True, default="")
    requested_address = models.CharField(max_length=254, blank=True, default="")
    address = models.CharField(max_length=254, blank=True, default="")
    data = models.JSONField(default=dict)
    context = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    reason = models.CharField(max_length=64, blank=True, default="")
    detail = models.TextField(blank=True, default="")
    queued_at = models.DateTimeField(default=timezone.now)
    not_before = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    attempts = models.SmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    fence = models.BigIntegerField(default=0)
    handed_over_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    provider_id = models.CharField(max_length=254, blank=True, default="")
    explanation = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["send", "person", "channel", "occurrence"], name="messaging_delivery_unique"
            ),
            models.UniqueConstraint(
                fields=["send", "channel", "address", "occurrence"],
                name="messaging_delivery_address",
                condition=models.Q(state__in=["claimed", "sent", "uncertain"]) & ~models.Q(address=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["send", "not_before"],
                name="messaging_delivery_due",
                condition=models.Q(state="queued"),
            ),
            models.Index(
                fields=["lease_until"],
                name="messaging_delivery_leased",
                condition=models.Q(state="claimed"),
            ),
            BrinIndex(fields=["finished_at"], name="messaging_delivery_day", autosummarize=True),
            models.Index(fields=["person", "-finished_at"], name="messaging_delivery_person"),
            # Receipts name a message by what the provider called it.
            models.Index(
                fields=["provider_id"],
                name="messaging_delivery_provider",
                condition=~models.Q(provider_id=""),
            ),
            models.Index(fields=["send", "state"], name="messaging_delivery_state"),
            models.Index(
                fields=["send"],
                name="messaging_delivery_uncertain",
                condition=models.Q(state="uncertain"),
            ),
            # Refusals of the sender are counted while a send is under way.
            models.Index(
                fields=["send"], name="messaging_delivery_policy", condition=models.Q(reason="policy")
            ),
            # The ledger as it is looked at, newest first and the unfinished last.
            models.Index(
                "send",
                models.F("finished_at").desc(nulls_last=True),
                "id",
                name="messaging_delivery_finished",
            ),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}"


class Engagement(models.Model):
    """What a recipient (or a machine in front of them) did with a delivery: opened it, clicked a link, left.

    One row per delivery, kind and link, however often it happens; `human_probability` (0 to 1) and `human_reasons`
    (keys of `services.evidence`) are those of the most human occurrence, as it is judged now. `told_human` is what the
    events told last. Neither address nor user agent is kept.
    """

    class Kind(models.TextChoices):
        OPEN = "open", _("Opened")
        CLICK = "click", _("Clicked")
        UNSUBSCRIBE = "unsubscribe", _("Unsubscribed")

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="engagements")
    kind = models.CharField(max_length=12, choices=Kind)
    link = models.ForeignKey(Link, null=True, blank=True, on_delete=models.CASCADE)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    times = models.IntegerField(default=1)
    human_probability = models.FloatField(default=1.0)
    human_reasons = ArrayField(models.CharField(max_length=32), default=list)
    told_human = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["delivery", "kind", "link"], name="messaging_engagement_unique", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.delivery_id}"


# SQL: what the send `s` is called in the journal, whatever numbers a restored database gives.
SEND_KEY = "s.origin || ':' || s.origin_id || ':' || s.template_version_id || ':' || s.channel"


class EarlierDelivery(models.Model):
    """A message that went out before these data were restored, as the journal tells: `send` is the send's key there."""

    id = models.BigAutoField(primary_key=True)
    send = models.CharField(max_length=160)
    person_id = models.UUIDField(null=True, blank=True)
    address_hash = models.CharField(max_length=64)
    occurrence = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        verbose_name_plural = "earlier deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["send", "address_hash", "occurrence"], name="messaging_earlier_unique"
            )
        ]
        indexes = [models.Index(fields=["send", "person_id"], name="messaging_earlier_person")]

    def __str__(self) -> str:
        return f"{self.send} earlier"
