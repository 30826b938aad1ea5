"""Gift cards: money paid for goods to come. What is on a card is what its entries say, and the database proves it.

Entries are only ever added (`migrations/_operations.py`). Of the code there is a keyed hash to look it up by, and the
code itself encrypted: a copy of the database spends nothing.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from rapport.content.models import Template
from rapport.core.money import amount_field, currency_field
from rapport.people.models import Person


class GiftCardRules(models.Model):
    """The one row: what sells gift cards, when they end, and how the messages with them look.

    `products` are ids or SKUs. `country` is where the law on their end is taken from, `months` a term of the
    business, which never ends before that.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    products = models.JSONField(default=list, blank=True)
    country = models.CharField(max_length=2, blank=True, default="")
    months = models.IntegerField(null=True, blank=True)
    template = models.ForeignKey(Template, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    post_template = models.ForeignKey(
        Template, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="promotions_gift_rules_one_row")]

    def __str__(self) -> str:
        return self.country


class GiftCard(models.Model):
    """A card. `balance` is kept by the database from its entries; `ending` is what of the code may be shown.

    `person` has it, `buyer` is who paid (by id, as it was then). A card that an order line sold is its `position`th.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    digest = models.CharField(max_length=64, unique=True)
    sealed = models.TextField(blank=True, default="")
    ending = models.CharField(max_length=4)
    currency = currency_field()
    balance = amount_field(default=0, db_default=0)
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="gift_cards", db_constraint=False
    )  # fmt: skip
    buyer = models.UUIDField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    blocked = models.BooleanField(default=False)
    # The card that this one became, when its code was lost.
    replaced_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="replaces"
    )  # fmt: skip
    key = models.CharField(max_length=200, blank=True, default="")
    store = models.CharField(max_length=64, blank=True, default="")
    order = models.UUIDField(null=True, blank=True)
    order_ref = models.CharField(max_length=254, blank=True, default="")
    position = models.IntegerField(default=0)
    recipient_name = models.CharField(max_length=120, blank=True, default="")
    recipient_email = models.CharField(max_length=254, blank=True, default="")
    giver_name = models.CharField(max_length=120, blank=True, default="")
    greeting = models.CharField(max_length=1000, blank=True, default="")
    channel = models.CharField(max_length=40, blank=True, default="")
    deliver_at = models.DateTimeField(null=True, blank=True)
    ordered_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=254, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(balance__gte=0), name="promotions_gift_balance"),
            models.UniqueConstraint(fields=["key"], name="promotions_gift_once", condition=~Q(key="")),
            models.UniqueConstraint(
                fields=["order", "position"], name="promotions_gift_sold_once", condition=~Q(order=None)
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "id"], name="promotions_gift_recent"),
            models.Index(
                fields=["expires_at"],
                name="promotions_gift_ending",
                condition=Q(balance__gt=0) & ~Q(expires_at=None),
            ),
            models.Index(
                fields=["deliver_at"],
                name="promotions_gift_due",
                condition=Q(ordered_at=None) & ~Q(deliver_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"•••• {self.ending}"


class GiftCardEntry(models.Model):
    """One thing that happened to what is on a card. The same `key` is the same entry, however often it is asked for.

    `pair` joins the two entries of money that goes from one card to another.
    """

    class Kind(models.TextChoices):
        ISSUE = "issue", _("Issued")
        REDEEM = "redeem", _("Redeemed")
        REFUND = "refund", _("Refunded")
        EXPIRE = "expire", _("Expired")
        ADJUST = "adjust", _("Corrected")
        TRANSFER = "transfer", _("Transferred")
        CANCEL = "cancel", _("Taken back")

    id = models.BigAutoField(primary_key=True)
    card = models.ForeignKey(GiftCard, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=8, choices=Kind)
    amount = amount_field()
    key = models.CharField(max_length=300, blank=True, default="")
    store = models.CharField(max_length=64, blank=True, default="")
    order_ref = models.CharField(max_length=254, blank=True, default="")
    pair = models.UUIDField(null=True, blank=True)
    note = models.CharField(max_length=254, blank=True, default="")
    actor = models.CharField(max_length=254, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["card", "key"], name="promotions_gift_entry_once", condition=~Q(key="")),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["card", "-at", "-id"], name="promotions_gift_entries"),
            models.Index(
                fields=["store", "order_ref"], name="promotions_gift_order", condition=~Q(order_ref="")
            ),
            models.Index(fields=["at"], name="promotions_gift_entry_at"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"
