"""Tiers: what members who collect much get beside their points."""

from __future__ import annotations

from django.db import models

from rapport.core.money import amount_field
from rapport.loyalty.models.programs import Program


class Tier(models.Model):
    """A tier, reached at its `threshold` of what the programme measures. `benefits` are in words, one a line.

    One that is no longer offered stays, so that whoever had it is known to have lost it.
    """

    id = models.BigAutoField(primary_key=True)
    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="tiers")
    name = models.CharField(max_length=60)
    threshold = amount_field()
    benefits = models.TextField(default="", blank=True)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(threshold__gte=0), name="loyalty_tier_threshold"),
            models.UniqueConstraint(
                fields=["program", "name"],
                name="loyalty_tier_name",
                condition=models.Q(archived_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name
