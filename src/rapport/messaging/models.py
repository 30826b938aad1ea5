"""Templates, campaigns, and the send ledger: one row per message to one person."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from rapport.governance.models import Purpose
from rapport.people.models import Person
from rapport.segments.models import Segment


class Template(models.Model):
    """An e-mail as somebody edits it. What is sent is always a `TemplateVersion`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=120)
    subject = models.CharField(max_length=254)
    preheader = models.CharField(max_length=254, blank=True, default="")
    mjml = models.TextField()
    text = models.TextField(blank=True, default="")
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=254, blank=True, default="")
    archived_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class TemplateVersion(models.Model):
    """A template as it was when it was last changed, with its compiled skeletons. Never changed.

    `html` and `plain` are Liquid: MJML already turned into HTML, links replaced by tracked ones, plain text
    made where none was written.
    """

    id = models.BigAutoField(primary_key=True)
    template = models.ForeignKey(Template, on_delete=models.PROTECT, related_name="versions")
    version = models.IntegerField()
    subject = models.CharField(max_length=254)
    preheader = models.CharField(max_length=254, blank=True, default="")
    mjml = models.TextField()
    text = models.TextField(blank=True, default="")
    html = models.TextField()
    plain = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["template", "version"], name="messaging_version_unique")
        ]

    def __str__(self) -> str:
        return f"{self.template_id} v{self.version}"


class SendingPolicy(models.Model):
    """The limits every marketing message meets at send time: quiet hours (in the person's zone), cap, lateness."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    cap_messages = models.PositiveIntegerField(null=True, blank=True)
    cap_days = models.PositiveIntegerField(default=7)
    lateness_hours = models.PositiveIntegerField(default=24)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="messaging_policy_one_row")]

    def __str__(self) -> str:
        return "Sending policy"


class Campaign(models.Model):
    """One message to one audience."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=120)
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT)
    template = models.ForeignKey(Template, on_delete=models.PROTECT)
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT)
    channel = models.CharField(max_length=16, default="email")
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=254, blank=True, default="")
    archived_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class CampaignSend(models.Model):
    """The order to send a campaign: by whom, when, with which template version, and until when it is still good.

    `audience_at` is when the audience had been written into the ledger; deliveries are claimed from then on.
    `audience_cursor` is the last membership written, so that a builder that died goes on where it stopped.
    """

    id = models.BigAutoField(primary_key=True)
    campaign = models.OneToOneField(Campaign, on_delete=models.PROTECT, related_name="send")
    template_version = models.ForeignKey(TemplateVersion, on_delete=models.PROTECT)
    requested_at = models.DateTimeField(default=timezone.now)
    requested_by = models.CharField(max_length=254)
    send_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    audience_cursor = models.BigIntegerField(default=0)
    audience_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.CharField(max_length=254, blank=True, default="")
    cancel_reason = models.CharField(max_length=254, blank=True, default="")
    completed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"send of {self.campaign_id}"


class CampaignPause(models.Model):
    """A halt of a running campaign, and its end when `resumed_at` is set."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="pauses")
    paused_at = models.DateTimeField(default=timezone.now)
    paused_by = models.CharField(max_length=254)
    reason = models.TextField(blank=True, default="")
    resumed_at = models.DateTimeField(null=True, blank=True)
    resumed_by = models.CharField(max_length=254, blank=True, default="")

    def __str__(self) -> str:
        return f"pause of {self.campaign_id}"


class Delivery(models.Model):
    """The send ledger: one message to one person, ending in exactly one terminal state.

    queued → claimed → sent | uncertain | failed; queued → skipped (the gate said no, `reason` says which).
    `explanation` keeps what decided: segment and definition version, consent record, template version, cap.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        CLAIMED = "claimed", "Being sent"
        SENT = "sent", "Sent"
        SKIPPED = "skipped", "Not sent"
        FAILED = "failed", "Failed"
        UNCERTAIN = "uncertain", "Uncertain"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    send = models.ForeignKey(CampaignSend, on_delete=models.PROTECT, related_name="deliveries")
    person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="deliveries")
    channel = models.CharField(max_length=16)
    address = models.CharField(max_length=254, blank=True, default="")
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    reason = models.CharField(max_length=64, blank=True, default="")
    detail = models.TextField(blank=True, default="")
    queued_at = models.DateTimeField(default=timezone.now)
    not_before = models.DateTimeField(null=True, blank=True)
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
            models.UniqueConstraint(fields=["send", "person", "channel"], name="messaging_delivery_unique"),
            models.UniqueConstraint(
                fields=["send", "channel", "address"],
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
            models.Index(fields=["person", "-finished_at"], name="messaging_delivery_person"),
            models.Index(fields=["send", "state"], name="messaging_delivery_state"),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}"


class Link(models.Model):
    """A link of a template version, stored so that a redirect's target never comes from the URL."""

    id = models.BigAutoField(primary_key=True)
    template_version = models.ForeignKey(TemplateVersion, on_delete=models.CASCADE, related_name="links")
    position = models.SmallIntegerField()
    url = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["template_version", "position"], name="messaging_link_unique")
        ]

    def __str__(self) -> str:
        return self.url


class Engagement(models.Model):
    """What a recipient (or a machine in front of him) did with a delivery: opened it, clicked a link, left.

    One row per delivery, kind and link, however often it happens; `human_probability` (0 to 1) and
    `human_reason` are those of the most human occurrence. Neither address nor user agent is kept.
    """

    class Kind(models.TextChoices):
        OPEN = "open", "Opened"
        CLICK = "click", "Clicked"
        UNSUBSCRIBE = "unsubscribe", "Unsubscribed"

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="engagements")
    kind = models.CharField(max_length=12, choices=Kind)
    link = models.ForeignKey(Link, null=True, blank=True, on_delete=models.CASCADE)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    times = models.IntegerField(default=1)
    human_probability = models.FloatField(default=1.0)
    human_reason = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["delivery", "kind", "link"], name="messaging_engagement_unique", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.delivery_id}"
