"""Campaigns that begin by themselves: at times that come again, after an event, or when a program asks."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rapport.campaigns.models.campaigns import Campaign
from rapport.content.models import Template, TemplateVersion
from rapport.messaging.models import Send
from rapport.people.models import Person


class CampaignRule(models.Model):
    """What begins a campaign. `active_since` is set while it does, `paused_at` while it is halted. Until it is begun
    anew it sends `version`, whatever becomes of the template.

    Recurring: every `every` days, weeks (on `weekdays`, Monday is 0) or months (on `month_day`; the last one where the
    month is shorter), at `at` of the clocks in `zone`, from the day `starts`. Each time is a campaign, a run.

    Otherwise a person enters with the event `event`, if its properties meet `conditions`, or by a call, and gets the
    message after `delay_minutes`, once, or again after `again_days` days.
    """

    class Kind(models.TextChoices):
        RECURRING = "recurring", _("Recurring")
        EVENT = "event", _("After an event")
        API = "api", _("Triggered by API")

    class Unit(models.TextChoices):
        DAY = "day", _("Days")
        WEEK = "week", _("Weeks")
        MONTH = "month", _("Months")

    campaign = models.OneToOneField(Campaign, on_delete=models.CASCADE, primary_key=True, related_name="rule")
    kind = models.CharField(max_length=10, choices=Kind)
    active_since = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    version = models.ForeignKey(
        TemplateVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ordered_by = models.CharField(max_length=254, blank=True, default="")
    unit = models.CharField(max_length=5, choices=Unit, default=Unit.WEEK)
    every = models.SmallIntegerField(default=1)
    weekdays = ArrayField(models.SmallIntegerField(), default=list, blank=True)
    month_day = models.SmallIntegerField(default=1)
    at = models.TimeField(null=True, blank=True)
    zone = models.CharField(max_length=64, blank=True, default="")
    starts = models.DateField(null=True, blank=True)
    event = models.CharField(max_length=200, blank=True, default="")
    conditions = models.JSONField(default=list, blank=True)
    delay_minutes = models.IntegerField(default=0)
    again_days = models.IntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(every__gte=1, month_day__gte=1, month_day__lte=31, delay_minutes__gte=0),
                name="campaigns_rule_sane",
            ),
        ]
        indexes = [
            models.Index(
                fields=["event"],
                name="campaigns_rule_event",
                condition=Q(kind="event", active_since__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.campaign_id}"


class CampaignChannel(models.Model):
    """Another way to those whom the campaign's own channel does not reach, in the order of `position`."""

    id = models.BigAutoField(primary_key=True)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="fallbacks")
    position = models.SmallIntegerField()
    channel = models.CharField(max_length=16)
    template = models.ForeignKey(Template, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(
        TemplateVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    send = models.OneToOneField(Send, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "channel"], name="campaigns_fallback_once"),
        ]

    def __str__(self) -> str:
        return self.channel


class CampaignEntry(models.Model):
    """Somebody came in by an event or a call. `key` is the event's or the caller's: it counts once.

    `data` is what the message may print of it. It waits until `due_at`; `reason` says why it came to nothing.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        TAKEN = "taken", _("Message ordered")
        REFUSED = "refused", _("Refused")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="entries", db_index=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()
    data = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=16, blank=True, default="")

    class Meta:
        verbose_name_plural = "campaign entries"
        constraints = [models.UniqueConstraint(fields=["campaign", "key"], name="campaigns_entry_once")]
        indexes = [
            models.Index(fields=["due_at"], name="campaigns_entry_due", condition=Q(state="waiting")),
            models.Index(fields=["person", "campaign"], name="campaigns_entry_person"),
            models.Index(
                fields=["at"],
                name="campaigns_entry_data",
                condition=Q(state__in=["taken", "refused"]) & ~Q(data={}),
            ),
        ]

    def __str__(self) -> str:
        return f"entry {self.pk}"
