"""What a variant costs and how many there are: versions in time, of which at most one is current."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from rapport.commerce.models.catalogue import Variant
from rapport.core.money import amount_field, currency_field


class Price(models.Model):
    """A price from `valid_from` until it was changed. `price_list` and `customer_group` are "" for everybody's.

    `sale_amount` is asked instead of `amount` from `sale_from` until `sale_until` (null: no limit).
    """

    id = models.BigAutoField(primary_key=True)
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="prices", db_index=False)
    currency = currency_field()
    price_list = models.CharField(max_length=64, blank=True, db_default="")
    customer_group = models.CharField(max_length=64, blank=True, db_default="")
    amount = amount_field()
    sale_amount = amount_field(null=True, blank=True)
    sale_from = models.DateTimeField(null=True, blank=True)
    sale_until = models.DateTimeField(null=True, blank=True)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["variant", "currency", "price_list", "customer_group"],
                condition=Q(valid_until=None),
                name="commerce_price_one_current",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="commerce_price_not_negative"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
                name="commerce_price_period",
            ),
        ]
        indexes = [
            models.Index(
                fields=["variant", "valid_from"], name="commerce_price_past", condition=~Q(valid_until=None)
            ),
            models.Index(
                fields=["sale_from"],
                name="commerce_price_sale",
                condition=Q(valid_until=None, sale_from__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def at(self, moment: dt.datetime) -> Decimal:
        """What is asked at a time: the sale price while the sale lasts."""
        if (
            self.sale_amount is not None
            and (self.sale_from is None or self.sale_from <= moment)
            and (self.sale_until is None or moment < self.sale_until)
        ):
            return Decimal(self.sale_amount)
        return Decimal(self.amount)


class Stock(models.Model):
    """How many there were at a place ("" where there is but one) from `valid_from` until that was changed.

    `available` is null where there are some, and nobody says how many.
    """

    id = models.BigAutoField(primary_key=True)
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="stock", db_index=False)
    place = models.CharField(max_length=64, blank=True, db_default="")
    available = models.IntegerField(null=True, blank=True)
    incoming = models.IntegerField(db_default=0)
    incoming_at = models.DateTimeField(null=True, blank=True)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["variant", "place"], condition=Q(valid_until=None), name="commerce_stock_one_current"
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
                name="commerce_stock_period",
            ),
        ]
        indexes = [
            models.Index(
                fields=["variant", "valid_from"], name="commerce_stock_past", condition=~Q(valid_until=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.available} {self.place}".strip()


class ProductAlert(models.Model):
    """Something that customers who care for a product should hear of, waiting to be told of each of them."""

    PRICE_DROPPED = "Price Dropped"
    BACK_IN_STOCK = "Back In Stock"
    LOW_STOCK = "Low Stock"
    NEW_ARRIVAL = "New Arrival"

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=16)
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="+")
    properties = models.JSONField(default=dict)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind}: {self.variant_id}"
