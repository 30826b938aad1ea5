"""What became of the messages of a day, by channel, stream and provider: counted from the ledger."""

from __future__ import annotations

from django.db import models


class DeliverabilityDay(models.Model):
    """One day (UTC) of messages to one provider; the empty provider stands for all that have too few a day.

    `offered` were put before the other side, `accepted` taken by it; `bounced` were refused for good or `returned`
    later; `complained`, `opened` and `clicked` (by people, not machines) are deliveries, each counted once.
    """

    id = models.BigAutoField(primary_key=True)
    day = models.DateField()
    channel = models.CharField(max_length=32)
    provider = models.CharField(max_length=253, blank=True, default="")
    marketing = models.BooleanField()
    offered = models.IntegerField(default=0)
    accepted = models.IntegerField(default=0)
    bounced = models.IntegerField(default=0)
    returned = models.IntegerField(default=0)
    complained = models.IntegerField(default=0)
    opened = models.IntegerField(default=0)
    clicked = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "channel", "provider", "marketing"], name="messaging_deliverability_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.channel} {self.provider}"
