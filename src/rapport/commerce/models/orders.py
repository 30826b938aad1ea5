"""Orders and what belongs to them: projections of events, folded by `services.orders`, never written by hand.

An order's id follows from its store and number, so it is known before the row exists. Lines name products as the shop
does, also such as nobody has told us of; pages join them with the catalogue by these names.
"""

from __future__ import annotations

from decimal import Decimal

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Now, Upper
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rapport.commerce.models.catalogue import MAIN_STORE
from rapport.core.money import amount_field, currency_field
from rapport.people.models import Company, Person


def _quantity() -> models.DecimalField[object, object]:
    return models.DecimalField(max_digits=19, decimal_places=4, default=0)


class Order(models.Model):
    """An order as the facts about it say. `home` is the person of the deciding fact, whose it is after an unmerge.

    `net` is what is left of the total after refunds, or nothing when it was cancelled. `problems` are reasons why
    events about it could not be taken as they were meant: [{"event", "message_id", "reasons"}].
    """

    class State(models.TextChoices):
        INCOMPLETE = "incomplete", _("Not seen yet")
        REFUND_ONLY = "refund_only", _("Refund only")
        OPEN = "open", pgettext_lazy("state", "Open")
        PART_SHIPPED = "part_shipped", _("Partly sent")
        SHIPPED = "shipped", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        PART_RETURNED = "part_returned", _("Partly returned")
        RETURNED = "returned", _("Returned")
        CANCELLED = "cancelled", pgettext_lazy("order", "Cancelled")

    class Payment(models.TextChoices):
        UNKNOWN = "", _("Not told")
        PENDING = "pending", pgettext_lazy("payment", "Pending")
        PART_PAID = "part_paid", _("Partly paid")
        PAID = "paid", _("Paid")
        FAILED = "failed", _("Failed")
        PART_REFUNDED = "part_refunded", _("Partly refunded")
        REFUNDED = "refunded", _("Refunded")

    # What is no order that stands: what somebody is worth counts the refunds among these, and none of them as an order.
    NOT_STANDING = (State.CANCELLED, State.INCOMPLETE, State.REFUND_ONLY)

    id = models.UUIDField(primary_key=True)
    store = models.CharField(max_length=64)
    external_id = models.CharField(max_length=254)
    # What customers and colleagues call it; often the same.
    number = models.CharField(max_length=254, default="", blank=True)
    person = models.ForeignKey(
        Person,
        null=True,
        on_delete=models.SET_NULL,
        related_name="orders",
        db_constraint=False,
        db_index=False,
    )
    home = models.UUIDField(null=True)
    company = models.ForeignKey(Company, null=True, on_delete=models.SET_NULL, related_name="orders")
    state = models.CharField(max_length=16, choices=State)
    payment_state = models.CharField(max_length=16, choices=Payment, default="", blank=True)
    # Of an order that was not seen yet, only refunded say, when that was.
    placed_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)
    cancel_reason = models.CharField(max_length=254, default="", blank=True)
    currency = currency_field(default="", blank=True)
    subtotal = amount_field(default=0)
    discount = amount_field(default=0)
    shipping = amount_field(default=0)
    tax = amount_field(default=0)
    total = amount_field(default=0)
    paid = amount_field(default=0)
    refunded = amount_field(default=0)
    net = amount_field(default=0)
    items = _quantity()
    coupons = models.JSONField(default=list)
    channel = models.CharField(max_length=120, default="", blank=True)
    country = models.CharField(max_length=2, default="", blank=True)
    cart_ref = models.CharField(max_length=254, default="", blank=True)
    subscription_ref = models.CharField(max_length=254, default="", blank=True)
    problems = models.JSONField(default=list)
    # The earliest promise that a parcel did not keep yet.
    expected_at = models.DateTimeField(null=True)
    projected_at = models.DateTimeField(db_default=Now())
    # A server told what was ordered, and by whom: what gives points or money may be built on it.
    is_proven = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "external_id"], name="commerce_order_unique"),
        ]
        indexes = [
            models.Index(fields=["-placed_at", "id"], name="commerce_order_recent"),
            models.Index(fields=["person", "-placed_at"], name="commerce_order_person"),
            models.Index(
                fields=["expected_at"],
                name="commerce_order_expected",
                condition=models.Q(expected_at__isnull=False),
            ),
            models.Index(fields=["cart_ref"], name="commerce_order_cart", condition=~models.Q(cart_ref="")),
            models.Index(
                fields=["subscription_ref"],
                name="commerce_order_subscription",
                condition=~models.Q(subscription_ref=""),
            ),
            GinIndex(OpClass(Upper("number"), name="gin_trgm_ops"), name="commerce_order_number_trgm"),
            models.Index(
                fields=["external_id"],
                name="commerce_order_numbered",
                condition=~models.Q(external_id=models.F("number")),
            ),
        ]

    def __str__(self) -> str:
        return self.number or self.external_id

    @property
    def further_store(self) -> str:
        """The store it came from, if that is another than the main one."""
        return "" if self.store == MAIN_STORE else self.store

    @property
    def is_placed(self) -> bool:
        return self.state not in {self.State.INCOMPLETE, self.State.REFUND_ONLY}

    @property
    def not_itemised(self) -> Decimal:
        """What the shop's total holds beyond the lines, discounts, shipping and tax that it told of."""
        amount: Decimal = self.total - (self.subtotal - self.discount + self.shipping + self.tax)
        return amount


_OWN_SKU = ~models.Q(sku="") & ~models.Q(sku=models.F("product_ref"))


class OrderLine(models.Model):
    """One line of an order. `product_ref`, `sku` and `variant_ref` are what the shop calls the product.

    `discount` and `tax` hold the line's share of those of the whole order as well: the lines' add up to the order's.
    """

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", db_constraint=False)
    position = models.IntegerField()
    product_ref = models.CharField(max_length=120, default="", blank=True)
    sku = models.CharField(max_length=120, default="", blank=True)
    variant_ref = models.CharField(max_length=120, default="", blank=True)
    name = models.CharField(max_length=254, default="", blank=True)
    category = models.CharField(max_length=254, default="", blank=True)
    brand = models.CharField(max_length=120, default="", blank=True)
    quantity = _quantity()
    price = amount_field(null=True)
    discount = amount_field(default=0)
    tax = amount_field(default=0)
    amount = amount_field(default=0)
    returned = _quantity()

    HAS_OWN_SKU = _OWN_SKU

    class Meta:
        indexes = [
            models.Index(fields=["product_ref"], name="commerce_line_product"),
            models.Index(
                fields=["sku"],
                name="commerce_line_sku",
                condition=_OWN_SKU,
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.product_ref or self.sku


class OrderPart(models.Model):
    """What a payment, a parcel, a return and a refund have in common. `reference` is the shop's own id of it."""

    id = models.UUIDField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="%(class)ss", db_constraint=False)
    reference = models.CharField(max_length=254, default="", blank=True)
    at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.reference


class Payment(OrderPart):
    """Money that came in, or did not."""

    amount = amount_field(default=0)
    method = models.CharField(max_length=80, default="", blank=True)
    failed = models.BooleanField(default=False)
    reason = models.CharField(max_length=254, default="", blank=True)


class Parcel(OrderPart):
    """A fulfilment: what was sent together. `lines` are [{"name", "product", "quantity"}], or all of it."""

    carrier = models.CharField(max_length=80, default="", blank=True)
    tracking = models.CharField(max_length=100, default="", blank=True)
    tracking_url = models.CharField(max_length=1000, default="", blank=True)
    state = models.CharField(max_length=40, default="", blank=True)
    expected_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    lines = models.JSONField(default=list)


class Return(OrderPart):
    """Goods that come back, for money or for others (`replaced_by` is the number of the new order)."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        APPROVED = "approved", _("Approved")
        RECEIVED = "received", _("Received")
        REJECTED = "rejected", _("Declined")

    state = models.CharField(max_length=16, choices=State)
    reason = models.CharField(max_length=254, default="", blank=True)
    is_exchange = models.BooleanField(default=False)
    replaced_by = models.CharField(max_length=254, default="", blank=True)
    lines = models.JSONField(default=list)

    class Meta(OrderPart.Meta):
        indexes = [models.Index(fields=["-at", "id"], name="commerce_return_recent")]


class Refund(OrderPart):
    """Money that went back."""

    amount = amount_field(default=0)
    reason = models.CharField(max_length=254, default="", blank=True)
    lines = models.JSONField(default=list)


class Subscription(models.Model):
    """An order that repeats, as the facts about it say. Its orders name it in `subscription_ref`."""

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        PAUSED = "paused", _("Paused")
        FAILING = "failing", _("Payment failed")
        CANCELLED = "cancelled", pgettext_lazy("subscription", "Cancelled")
        EXPIRED = "expired", _("Expired")

    id = models.UUIDField(primary_key=True)
    store = models.CharField(max_length=64)
    external_id = models.CharField(max_length=254)
    person = models.ForeignKey(
        Person, null=True, on_delete=models.SET_NULL, related_name="subscriptions", db_constraint=False
    )
    home = models.UUIDField(null=True)
    state = models.CharField(max_length=16, choices=State)
    plan = models.CharField(max_length=120, default="", blank=True)
    interval = models.CharField(max_length=40, default="", blank=True)
    currency = currency_field(default="", blank=True)
    amount = amount_field(default=0)
    started_at = models.DateTimeField()
    renewed_at = models.DateTimeField(null=True)
    renews_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    renewals = models.IntegerField(default=0)
    reason = models.CharField(max_length=254, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "external_id"], name="commerce_subscription_unique"),
        ]
        indexes = [models.Index(fields=["-started_at", "id"], name="commerce_subscription_recent")]

    def __str__(self) -> str:
        return self.plan or self.external_id
