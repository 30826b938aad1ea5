"""Partners: other businesses whose customers earn points of ours, which they pay for."""

from __future__ import annotations

from django.db import models

from rapport.core.models import ApiKey
from rapport.core.money import amount_field
from rapport.loyalty.models.programs import Program


class EarningPartner(models.Model):
    """A business that books points by its own API key, within its own limits (0: none).

    `point_price` is what it pays for a point, in the programme's currency.
    """

    id = models.BigAutoField(primary_key=True)
    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="partners")
    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    api_key = models.OneToOneField(
        ApiKey, null=True, blank=True, on_delete=models.SET_NULL, related_name="earning_partner"
    )
    point_price = amount_field(default=0)
    most_points = models.PositiveIntegerField(default=1_000)
    most_a_day = models.PositiveIntegerField(default=0)
    most_a_month = models.PositiveIntegerField(default=0)
    archived_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name

    @property
    def source(self) -> str:
        """What its entries are known by; no source of the API has a space in it."""
        return f"partner {self.key}"
