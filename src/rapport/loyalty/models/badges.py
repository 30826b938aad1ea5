"""Badges: what members show that they did, say three orders in one month."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from rapport.core.money import amount_field
from rapport.loyalty.models.ledger import Lot
from rapport.loyalty.models.programs import Account, Program


class Badge(models.Model):
    """A challenge: so much of something in a period. One that is no longer offered stays, with those who have it."""

    class Measure(models.TextChoices):
        ORDERS = "orders", _("Orders")
        CATEGORIES = "categories", _("Different categories bought from")
        SPENT = "spent", _("Money spent")

    class Period(models.TextChoices):
        MONTH = "month", _("in a calendar month")
        YEAR = "year", _("in a calendar year")
        EVER = "ever", _("ever")

    id = models.BigAutoField(primary_key=True)
    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="badges")
    name = models.CharField(max_length=60)
    measure = models.CharField(max_length=10, choices=Measure)
    period = models.CharField(max_length=5, choices=Period)
    threshold = amount_field()
    points = models.PositiveIntegerField(default=0)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(threshold__gt=0), name="loyalty_badge_threshold"),
            models.UniqueConstraint(
                fields=["program", "name"],
                name="loyalty_badge_name",
                condition=models.Q(archived_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BadgeAward(models.Model):
    """A badge that a member has for a period ("2026-01", "2026", or "" for ever): once.

    One that was withdrawn stays until the points that it gave are taken back.
    """

    id = models.BigAutoField(primary_key=True)
    badge = models.ForeignKey(Badge, on_delete=models.CASCADE, related_name="awards")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="badges")
    period = models.CharField(max_length=7, default="", blank=True)
    at = models.DateTimeField()
    # The points it gave. What is due has not been booked, or not been taken back, yet.
    lot = models.ForeignKey(Lot, null=True, on_delete=models.PROTECT, related_name="+")
    points = models.PositiveIntegerField(default=0)
    is_due = models.BooleanField(default=False)
    is_withdrawn = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "badge", "period"], name="loyalty_award_once")
        ]
        indexes = [models.Index(fields=["id"], name="loyalty_award_due", condition=models.Q(is_due=True))]

    def __str__(self) -> str:
        return f"{self.badge} {self.period}".strip()
