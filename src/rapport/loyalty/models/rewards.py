"""What points are spent on."""

from __future__ import annotations

from django.db import models

from rapport.loyalty.models.ledger import Entry
from rapport.loyalty.models.programs import Program


class Reward(models.Model):
    """Something a member gets for points. `stock` empty: as many as are wanted."""

    id = models.BigAutoField(primary_key=True)
    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="rewards")
    name = models.CharField(max_length=120)
    points = models.PositiveIntegerField()
    stock = models.IntegerField(null=True)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(stock__isnull=True) | models.Q(stock__gte=0), name="loyalty_reward_stock"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Redemption(models.Model):
    """A reward that a member took, with the entry that paid for it."""

    entry = models.OneToOneField(Entry, primary_key=True, on_delete=models.PROTECT, related_name="redemption")
    reward = models.ForeignKey(Reward, on_delete=models.PROTECT, related_name="redemptions")

    def __str__(self) -> str:
        return str(self.reward)
