"""What channels and campaigns cost."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from rapport.campaigns.models.campaigns import Campaign
from rapport.core.money import amount_field, currency_field


class Cost(models.Model):
    """What was paid for a channel, or for one campaign of it, from one day to another, in equal parts a day.

    `campaign` is as `utm_campaign` or the campaign's name says it, empty for the channel as a whole. `record` is the
    campaign sent from here, if it is one, so that its cost follows when it is renamed.
    """

    id = models.BigAutoField(primary_key=True)
    first = models.DateField()
    last = models.DateField()
    channel = models.CharField(max_length=40)
    campaign = models.CharField(max_length=200, blank=True, default="")
    record = models.ForeignKey(
        Campaign, null=True, blank=True, on_delete=models.SET_NULL, related_name="costs"
    )
    amount = amount_field()
    currency = currency_field()
    written_at = models.DateTimeField(default=timezone.now)
    written_by = models.CharField(max_length=254, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(last__gte=F("first"), amount__gte=0), name="campaigns_cost_sound"
            ),
            models.UniqueConstraint(
                fields=["channel", "campaign", "first", "last"], name="campaigns_cost_unique"
            ),
        ]
        indexes = [models.Index(fields=["-last", "id"], name="campaigns_cost_recent")]

    def __str__(self) -> str:
        return f"{self.channel} {self.campaign} {self.first}"
