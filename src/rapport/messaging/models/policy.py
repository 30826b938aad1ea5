"""The rules that every marketing message meets at send time."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rapport.governance.models import Purpose


class SendingPolicy(models.Model):
    """Quiet hours in the person's zone, legal hours of their country, lateness, and how close messages may be.

    Within `spacing_hours` a person gets one marketing message, that of the highest priority; 0 means no such rule.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    legal_hours = models.BooleanField(default=True)
    lateness_hours = models.PositiveIntegerField(default=24)
    spacing_hours = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="messaging_policy_one_row")]

    def __str__(self) -> str:
        return "Sending policy"


class AtLimit(models.TextChoices):
    """What happens with a message that a rule stops for now."""

    DROP = "drop", _("Is not sent")
    WAIT = "wait", _("Waits")


class FrequencyCap(models.Model):
    """At most `messages` marketing messages to one person in any `hours`, of one channel or purpose or of all."""

    id = models.BigAutoField(primary_key=True)
    channel = models.CharField(max_length=32, blank=True, default="")
    purpose = models.ForeignKey(Purpose, null=True, blank=True, on_delete=models.CASCADE)
    messages = models.PositiveIntegerField()
    hours = models.PositiveIntegerField()
    at_limit = models.CharField(max_length=8, choices=AtLimit, default=AtLimit.DROP)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "purpose", "hours"], name="messaging_cap_unique", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.messages} in {self.hours} h"


class BlockingRule(models.Model):
    """No marketing to somebody about whom a registered fact holds (`registry.GateFact`), with its `argument`."""

    id = models.BigAutoField(primary_key=True)
    fact = models.CharField(max_length=64)
    argument = models.CharField(max_length=128, blank=True, default="")
    at_limit = models.CharField(max_length=8, choices=AtLimit, default=AtLimit.WAIT)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=254)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fact", "argument"], name="messaging_blocking_rule_unique")
        ]

    def __str__(self) -> str:
        return f"{self.fact} {self.argument}".strip()
