"""Carts: projections of events like orders, with a version for each content they had."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rapport.commerce.models.orders import Order
from rapport.core.money import amount_field, currency_field
from rapport.people.models import Person


class Cart(models.Model):
    """What somebody put aside to buy. A person without cart ids has one after another: `number` counts them.

    `subject` is what its facts are kept under. `version` is a short hash of the content; `abandoned_version` the one
    that was last called abandoned. `waiting_since` is when its content or checkout last moved, while somebody may still
    come back to it; null when there is nothing to wait for.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("state", "Open")
        CHECKOUT = "checkout", _("At checkout")
        ABANDONED = "abandoned", _("Abandoned")
        ORDERED = "ordered", _("Ordered")
        EMPTY = "empty", _("Empty")

    id = models.UUIDField(primary_key=True)
    subject = models.UUIDField(db_index=True)
    number = models.IntegerField(default=1)
    store = models.CharField(max_length=64)
    external_id = models.CharField(max_length=254, default="", blank=True)
    person = models.ForeignKey(
        Person, null=True, on_delete=models.SET_NULL, related_name="carts", db_constraint=False
    )
    home = models.UUIDField(null=True)
    state = models.CharField(max_length=16, choices=State)
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    checkout_at = models.DateTimeField(null=True)
    checkout_step = models.CharField(max_length=20, default="", blank=True)
    order = models.ForeignKey(
        Order, null=True, on_delete=models.SET_NULL, related_name="carts", db_constraint=False
    )
    currency = currency_field(default="", blank=True)
    total = amount_field(default=0)
    items = models.DecimalField(max_digits=19, decimal_places=4, default=0)
    lines = models.JSONField(default=list)
    coupons = models.JSONField(default=list)
    version = models.CharField(max_length=16, default="")
    abandoned_version = models.CharField(max_length=16, default="", blank=True)
    abandoned_at = models.DateTimeField(null=True)
    waiting_since = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["-changed_at", "id"], name="commerce_cart_recent"),
            models.Index(
                fields=["waiting_since"],
                name="commerce_cart_waiting",
                condition=models.Q(waiting_since__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.external_id or str(self.pk)[:8]
