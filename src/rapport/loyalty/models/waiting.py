"""What the loyalty loop has still to look at: noted in the transactions of others, which wait for nothing."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class StaleOrders(models.Model):
    """Orders that were folded, or whose person or rules changed."""

    id = models.BigAutoField(primary_key=True)
    orders = ArrayField(models.UUIDField())

    class Meta:
        verbose_name_plural = "stale orders"

    def __str__(self) -> str:
        return f"{len(self.orders)} orders"


class HeardEvent(models.Model):
    """An event that a rule gives points for, as a server told it."""

    id = models.BigAutoField(primary_key=True)
    key = models.UUIDField()
    event = models.CharField(max_length=200)
    person = models.UUIDField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.event
