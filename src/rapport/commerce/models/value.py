"""What customers are worth, as a job works it out, and the rates by which amounts in several currencies add up."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from rapport.core.money import amount_field, currency_field
from rapport.people.models import Person


class ExchangeRate(models.Model):
    """So many units of a currency were a euro on a day, as the European Central Bank publishes it."""

    id = models.BigAutoField(primary_key=True)
    day = models.DateField()
    currency = currency_field()
    per_euro = models.DecimalField(max_digits=20, decimal_places=8)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["currency", "day"], name="commerce_rate_once"),
            models.CheckConstraint(condition=models.Q(per_euro__gt=0), name="commerce_rate_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.day}"


class CustomerValue(models.Model):
    """One buyer, worked out by the job. Amounts are in the business's currency; `unconverted` orders are not in them.

    `days` counts days with an order. `margin` is of what `margin_of` was paid for: where the cost is known. The scores
    go from 1 to 5 (see `queries.value_groups`).
    """

    class Group(models.TextChoices):
        CHAMPIONS = "champions", _("Champions")
        LOYAL = "loyal", _("Loyal")
        PROMISING = "promising", _("Promising")
        NEW = "new", _("New")
        ATTENTION = "attention", _("Need attention")
        COOLING = "cooling", _("Cooling off")
        AT_RISK = "at_risk", _("At risk")
        MUST_KEEP = "must_keep", _("Must not be lost")
        DORMANT = "dormant", _("Dormant")
        LOST = "lost", _("Lost")

    person = models.OneToOneField(
        Person, primary_key=True, on_delete=models.CASCADE, related_name="value", db_constraint=False
    )
    orders = models.IntegerField()
    days = models.IntegerField()
    net = amount_field()
    unconverted = models.IntegerField(default=0)
    margin = amount_field(null=True)
    margin_of = amount_field(null=True)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    interval_days = models.DecimalField(max_digits=9, decimal_places=1, null=True)
    recency = models.SmallIntegerField()
    frequency = models.SmallIntegerField()
    monetary = models.SmallIntegerField()
    group = models.CharField(max_length=10, choices=Group)

    class Meta:
        indexes = [
            models.Index(fields=["-net", "person"], name="commerce_value_net"),
            models.Index(fields=["group", "-net"], name="commerce_value_group"),
        ]

    def __str__(self) -> str:
        return str(self.person_id)

    @property
    def average(self) -> object:
        counted = self.orders - self.unconverted
        return round(self.net / counted, 4) if counted else None


class ValueReport(models.Model):
    """What the last run found of all buyers together: one row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    at = models.DateTimeField()
    currency = currency_field()
    figures = models.JSONField(default=dict)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="commerce_value_report_one_row")]

    def __str__(self) -> str:
        return f"value {self.at}"


class BasketPair(models.Model):
    """Two products that stand in one order more often than by chance: `lift` is how many times as often."""

    id = models.BigAutoField(primary_key=True)
    product = models.CharField(max_length=120)
    companion = models.CharField(max_length=120)
    product_name = models.CharField(max_length=254, blank=True, default="")
    companion_name = models.CharField(max_length=254, blank=True, default="")
    orders = models.IntegerField()
    support = models.FloatField()
    confidence = models.FloatField()
    confidence_back = models.FloatField()
    lift = models.FloatField()

    class Meta:
        indexes = [models.Index(fields=["-orders", "id"], name="commerce_pair_orders")]

    def __str__(self) -> str:
        return f"{self.product} + {self.companion}"


class ProductInterval(models.Model):
    """After how many days the same person usually buys a product again."""

    id = models.BigAutoField(primary_key=True)
    product_ref = models.CharField(max_length=120, unique=True)
    name = models.CharField(max_length=254, blank=True, default="")
    times = models.IntegerField()
    days = models.DecimalField(max_digits=9, decimal_places=1)

    def __str__(self) -> str:
        return self.name or self.product_ref
