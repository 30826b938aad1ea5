"""Promotions, the codes that open them, and who used which code for which order."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rapport.core.models import Job
from rapport.core.money import amount_field, currency_field
from rapport.people.models import Person
from rapport.segments.models import Segment


class Promotion(models.Model):
    """What somebody gets, and under which conditions. `key` is its name in templates (`coupon.KEY`) and in the API.

    `uses` and `spent` count what is reserved or redeemed, and are kept only while there is a limit or a budget: they
    are one row that redemptions wait for each other at. `products` are ids or SKUs, `categories` paths with all below.
    """

    class Kind(models.TextChoices):
        PERCENT = "percent", _("Percentage off")
        AMOUNT = "amount", _("Amount off")
        SHIPPING = "free_shipping", _("Free shipping")
        PRODUCT = "product", _("Free product")

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        STOPPED = "stopped", _("Stopped")

    class Issuing(models.TextChoices):
        SINGLE = "single", _("A code of their own, made when it is needed")
        POOL = "pool", _("One of the codes that are there")
        SHARED = "shared", _("The shared code")

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    description = models.CharField(max_length=500, blank=True, default="")
    state = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    kind = models.CharField(max_length=16, choices=Kind)
    percent = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    amount = amount_field(null=True, blank=True)
    currency = currency_field(blank=True, default="")
    most_discount = amount_field(null=True, blank=True)
    free_quantity = models.IntegerField(default=1)
    products = models.JSONField(default=list, blank=True)
    categories = models.JSONField(default=list, blank=True)
    segment = models.ForeignKey(Segment, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    first_order = models.BooleanField(default=False)
    minimum = amount_field(null=True, blank=True)
    minimum_quantity = models.IntegerField(null=True, blank=True)
    issuing = models.CharField(max_length=8, choices=Issuing, default=Issuing.SINGLE)
    combines = models.BooleanField(default=False)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    valid_days = models.IntegerField(null=True, blank=True)
    remind_days = models.IntegerField(null=True, blank=True)
    person_limit = models.IntegerField(null=True, blank=True)
    total_limit = models.IntegerField(null=True, blank=True)
    budget = amount_field(null=True, blank=True)
    uses = models.IntegerField(default=0)
    spent = amount_field(default=0)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(uses__gte=0, spent__gte=0), name="promotions_not_negative"),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(starts_at=None) | Q(ends_at__gt=models.F("starts_at")),
                name="promotions_period",
            ),
        ]
        indexes = [models.Index(fields=["-created_at", "id"], name="promotions_recent")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_limited(self) -> bool:
        return self.total_limit is not None or self.budget is not None


class CodeBatch(models.Model):
    """Codes that came into being together: generated, or imported from a shop's file. `ready` of `wanted` are there."""

    class Origin(models.TextChoices):
        GENERATED = "generated", _("Generated")
        IMPORTED = "imported", _("Imported")

    id = models.BigAutoField(primary_key=True)
    promotion = models.ForeignKey(Promotion, on_delete=models.CASCADE, related_name="batches")
    origin = models.CharField(max_length=10, choices=Origin)
    wanted = models.IntegerField(default=0)
    ready = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    length = models.IntegerField(default=0)
    prefix = models.CharField(max_length=20, blank=True, default="")
    expires_at = models.DateTimeField(null=True, blank=True)
    file = models.CharField(max_length=200, blank=True, default="")
    name = models.CharField(max_length=254, blank=True, default="")
    problems = models.JSONField(default=list)
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name or f"{self.prefix}…"


class Coupon(models.Model):
    """A code. `code` is how it is looked up, `written` how it is printed where that differs.

    `max_uses` is 1 of a single code, and null of a shared one without a limit of its own; `uses` counts what is
    reserved or redeemed of those that have a limit.
    """

    id = models.BigAutoField(primary_key=True)
    promotion = models.ForeignKey(Promotion, on_delete=models.CASCADE, related_name="coupons", db_index=False)
    batch = models.ForeignKey(CodeBatch, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    code = models.CharField(max_length=64, unique=True)
    written = models.CharField(max_length=64, blank=True, default="", db_default="")
    max_uses = models.IntegerField(null=True, blank=True, default=1, db_default=1)
    uses = models.IntegerField(default=0, db_default=0)
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="coupons", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    issued_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    blocked = models.BooleanField(default=False, db_default=False)
    reminded_at = models.DateTimeField(null=True, blank=True)
    expired_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(uses__gte=0) & (Q(max_uses=None) | Q(uses__lte=models.F("max_uses"))),
                name="promotions_coupon_uses",
            )
        ]
        indexes = [
            models.Index(fields=["promotion", "-id"], name="promotions_coupon_promotion"),
            models.Index(
                fields=["promotion", "id"],
                name="promotions_coupon_free",
                condition=Q(person=None, max_uses=1, uses=0, blocked=False),
            ),
            models.Index(fields=["person"], name="promotions_coupon_person", condition=~Q(person=None)),
            models.Index(
                fields=["expires_at"],
                name="promotions_coupon_expiring",
                condition=Q(expired_at=None) & ~Q(person=None) & ~Q(expires_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.written or self.code

    @property
    def is_shared(self) -> bool:
        return self.max_uses != 1

    @property
    def is_used_up(self) -> bool:
        return self.max_uses is not None and self.uses >= self.max_uses


class Redemption(models.Model):
    """A code that is held for a cart (`reserved`) or was used for an order. `discount` is what it takes off.

    `holder`, `address` and `client` are keyed hashes of a mailbox, or another identifier nobody is known by yet, of
    where the order goes, and of the device or network it came from: they tell the same from another, and nothing else.
    `observed` was told by an order afterwards, so that it could not be refused; `objection` says which rule it broke.
    """

    class State(models.TextChoices):
        RESERVED = "reserved", _("Reserved")
        REDEEMED = "redeemed", _("Redeemed")
        RELEASED = "released", _("Released")
        LAPSED = "lapsed", pgettext_lazy("reservation", "Lapsed")
        CANCELLED = "cancelled", pgettext_lazy("order", "Cancelled")

    LIVE = (State.RESERVED, State.REDEEMED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    coupon = models.ForeignKey(Coupon, on_delete=models.CASCADE, related_name="redemptions", db_index=False)
    promotion = models.ForeignKey(
        Promotion, on_delete=models.CASCADE, related_name="redemptions", db_index=False
    )
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="redemptions", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    state = models.CharField(max_length=9, choices=State)
    store = models.CharField(max_length=64)
    order_ref = models.CharField(max_length=254, blank=True, default="")
    cart_ref = models.CharField(max_length=254, blank=True, default="")
    discount = amount_field(default=0)
    currency = currency_field(blank=True, default="")
    at = models.DateTimeField()
    reserved_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=254, blank=True, default="")
    observed = models.BooleanField(default=False)
    objection = models.CharField(max_length=40, blank=True, default="")
    holder = models.CharField(max_length=64, blank=True, default="")
    address = models.CharField(max_length=64, blank=True, default="")
    client = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["coupon", "store", "order_ref"],
                condition=Q(state="redeemed"),
                name="promotions_redemption_order",
            ),
            models.UniqueConstraint(
                fields=["coupon", "store", "cart_ref"],
                condition=Q(state="reserved"),
                name="promotions_redemption_cart",
            ),
        ]
        indexes = [
            models.Index(fields=["-at", "id"], name="promotions_redemption_recent"),
            models.Index(fields=["promotion", "-at"], name="promotions_redemption_promo"),
            models.Index(fields=["store", "order_ref"], name="promotions_redemption_by_order"),
            models.Index(
                fields=["store", "cart_ref"], name="promotions_redemption_by_cart", condition=~Q(cart_ref="")
            ),
            models.Index(fields=["person", "promotion"], name="promotions_redemption_person"),
            models.Index(
                fields=["holder", "promotion"], name="promotions_redemption_holder", condition=~Q(holder="")
            ),
            models.Index(
                fields=["reserved_until"], name="promotions_redemption_held", condition=Q(state="reserved")
            ),
        ]

    def __str__(self) -> str:
        return self.order_ref or self.cart_ref


class FailedTry(models.Model):
    """A code that was refused: what guessing and abuse are recognised by. Of the code there is only a hash."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    reason = models.CharField(max_length=40)
    code = models.CharField(max_length=64)
    promotion = models.ForeignKey(
        Promotion, null=True, blank=True, on_delete=models.CASCADE, related_name="failed_tries"
    )
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_constraint=False
    )
    client = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["-at", "id"], name="promotions_failed_recent")]

    def __str__(self) -> str:
        return self.reason


class WaitingOrder(models.Model):
    """An order that names coupons, or was cancelled: to be looked at by `services.following`."""

    order = models.UUIDField(primary_key=True)

    def __str__(self) -> str:
        return str(self.order)
