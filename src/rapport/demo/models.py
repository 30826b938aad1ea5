"""The demo's own tables: the shop next door and the mailbox that catches what is sent.

The shop is an outside system that happens to live in the same database: nothing else reads these tables, and
what Rapport learns of the shop it learns over the capture API.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from rapport.core.models import Leased


class DemoShop(models.Model):
    """The shop's settings, one row: the write keys it was given, and how far its history has been loaded.

    `api_key` is its key to the REST API, sealed. `history_until` is the `now` of the first start; it stays, so that an
    interrupted load goes on with the same events. `history_batches` is how many batches have been accepted.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    website_key = models.CharField(max_length=64)
    server_key = models.CharField(max_length=64)
    api_key = models.TextField(blank=True, default="")
    history_until = models.DateTimeField()
    history_batches = models.IntegerField(default=0)
    history_events = models.IntegerField(default=0)
    history_done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="demo_shop_one_row")]

    def __str__(self) -> str:
        return "demo shop"


class ShopAccount(models.Model):
    """Somebody who signed up in the shop. `newsletter` is what he ticked, as the form showed it."""

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=120)
    password = models.CharField(max_length=128)
    newsletter = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.email

    @property
    def user_id(self) -> str:
        """What the shop calls this customer towards Rapport."""
        return f"shop:{self.pk}"


class ShopStock(models.Model):
    """How many of a product there are. `empty_since` is when a customer took the last one."""

    code = models.CharField(max_length=20, primary_key=True)
    left = models.PositiveIntegerField()
    empty_since = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.left} × {self.code}"


class ShopOrder(models.Model):
    """An order placed in the shop. There is no payment, and its parcel is only said to be sent."""

    account = models.ForeignKey(ShopAccount, null=True, on_delete=models.SET_NULL, related_name="orders")
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=120)
    address = models.TextField()
    total = models.DecimalField(max_digits=10, decimal_places=2)
    coupon = models.CharField(max_length=64, blank=True, default="")
    discount = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    gift_card = models.CharField(max_length=64, blank=True, default="")
    gift_paid = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    gift_back = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    anonymous_id = models.CharField(max_length=100, blank=True, default="")
    placed_at = models.DateTimeField(default=timezone.now)
    shipped_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"LT-{100_000 + self.pk}"

    @property
    def to_pay(self) -> Decimal:
        """What a gift card has not paid."""
        return self.total - self.gift_paid

    @property
    def parcel(self) -> str:
        """The number to follow its parcel by."""
        return f"TH{700_000_000 + self.pk}GB"


class ShopOrderLine(models.Model):
    """One product of an order, at the price it had."""

    order = models.ForeignKey(ShopOrder, on_delete=models.CASCADE, related_name="lines")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    price = models.DecimalField(max_digits=8, decimal_places=2)
    quantity = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.quantity} × {self.name}"

    @property
    def amount(self) -> Decimal:
        return self.price * self.quantity


class ShopReturn(models.Model):
    """Products a customer sends back; the money goes back when they have arrived."""

    order = models.ForeignKey(ShopOrder, on_delete=models.CASCADE, related_name="returns")
    reason = models.CharField(max_length=200, blank=True, default="")
    requested_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"LT-R{10_000 + self.pk}"

    @property
    def amount(self) -> Decimal:
        """What goes back: as much less as the order's coupon took off."""
        goods = sum((part.line.price * part.quantity for part in self.parts.all()), Decimal(0))
        whole = self.order.total + self.order.discount
        return (goods * self.order.total / whole).quantize(Decimal("0.01")) if whole else goods


class ShopReturnPart(models.Model):
    """So many of one line of the order."""

    shop_return = models.ForeignKey(ShopReturn, on_delete=models.CASCADE, related_name="parts")
    line = models.ForeignKey(ShopOrderLine, on_delete=models.CASCADE, related_name="returned")
    quantity = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.quantity} of {self.line_id}"


class ShopEvent(Leased):
    """What the shop's server still has to tell Rapport: written with the fact, sent after it, tried until taken.

    Without a `path` it is an event for capture, otherwise the body of a call of the REST API.
    """

    id = models.BigAutoField(primary_key=True)
    path = models.CharField(max_length=100, blank=True, default="")
    payload = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())
    refused = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"shop event {self.pk}"


class CaughtMail(models.Model):
    """A mail that the demo's SMTP listener took, exactly as it came."""

    id = models.BigAutoField(primary_key=True)
    received_at = models.DateTimeField(default=timezone.now)
    mail_from = models.CharField(max_length=320, blank=True, default="")
    recipients = ArrayField(models.CharField(max_length=320))
    sender = models.CharField(max_length=320, blank=True, default="")
    subject = models.CharField(max_length=998, blank=True, default="")
    preview = models.CharField(max_length=160, blank=True, default="")
    raw = models.BinaryField()
    read_at: models.DateTimeField[dt.datetime | None, dt.datetime | None] = models.DateTimeField(
        null=True, blank=True
    )

    class Meta:
        indexes = [models.Index(fields=["-id"], name="demo_mail_recent")]

    def __str__(self) -> str:
        return self.subject or "(no subject)"
