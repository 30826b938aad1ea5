"""Programmes, the rules by which they give points, and the accounts of their members."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from rapport.core.money import amount_field, currency_field
from rapport.people.models import Person

CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class TierMeasure(models.TextChoices):
    POINTS = "points", _("Points earned")
    SPENT = "spent", _("Money spent")
    ORDERS = "orders", _("Orders")


class TierPeriod(models.TextChoices):
    ROLLING = "rolling", _("The last months")
    CALENDAR = "calendar", _("The calendar year and the one before")


class Program(models.Model):
    """A loyalty programme. Its days begin and end in its `zone`; `expiry_months` 0: points never expire."""

    id = models.BigAutoField(primary_key=True)
    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    currency = currency_field()
    zone = models.CharField(max_length=64)
    # Orders placed from this day on earn points.
    starts_on = models.DateField()
    enrols_everybody = models.BooleanField(default=True)
    return_days = models.PositiveIntegerField(default=30)
    expiry_months = models.PositiveIntegerField(default=24)
    allows_transfers = models.BooleanField(default=False)
    # What a point costs the business when it is spent.
    point_value = amount_field(default=0)
    # Points for a member who brings somebody, and for whom they bring; and how many a year are rewarded.
    referral_points = models.PositiveIntegerField(default=0)
    referred_points = models.PositiveIntegerField(default=0)
    referral_most = models.PositiveIntegerField(default=20)
    # What tiers are reached by, in what time, and how they are lost: `queries.ladder`.
    tier_measure = models.CharField(max_length=6, choices=TierMeasure, default=TierMeasure.POINTS)
    tier_period = models.CharField(max_length=8, choices=TierPeriod, default=TierPeriod.ROLLING)
    tier_months = models.PositiveIntegerField(default=12)
    tier_grace_days = models.PositiveIntegerField(default=0)
    tier_soft_landing = models.BooleanField(default=True)
    archived_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name

    @property
    def tz(self) -> dt.tzinfo:
        return ZoneInfo(self.zone)


class EarnRule(models.Model):
    """How points are earned. What happened is judged by the rules of that moment: a rule is never changed, but ended
    and followed by another, so that a return next month takes back what the purchase had given.

    Empty `products`, `categories` and `brands` mean everything, an empty `segment` everybody.
    """

    class Kind(models.TextChoices):
        SPENT = "spent", _("Points for money spent")
        ORDER = "order", _("Points for an order")
        PIECE = "piece", _("Points for each piece")
        MULTIPLIER = "multiplier", _("Multiplied points for money spent")
        EVENT = "event", _("Points for an event")

    id = models.BigAutoField(primary_key=True)
    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="rules")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=Kind)
    points = models.PositiveIntegerField(default=0)
    per_amount = amount_field(default=1)
    factor = models.DecimalField(max_digits=6, decimal_places=2, default=1)
    event = models.CharField(max_length=200, default="", blank=True)
    # An event gives points to one member so often; 0: each time.
    most = models.PositiveIntegerField(default=0)
    products = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    categories = ArrayField(models.CharField(max_length=254), default=list, blank=True)
    brands = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    segment = models.CharField(max_length=64, default="", blank=True)
    weekdays = ArrayField(models.SmallIntegerField(), default=list, blank=True)
    minimum = amount_field(default=0)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(per_amount__gt=0, factor__gte=1), name="loyalty_rule_sense"
            ),
        ]

    def __str__(self) -> str:
        return self.name


def referral_code() -> str:
    """Nobody guesses one, and none can be misread for another."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(10))


class Account(models.Model):
    """A member's account. `balance`, `pending` and `owed` are kept by the database, from the postings.

    `owed` (zero or less) is what was taken back after it had been spent; later points pay it first. A person may have
    two accounts of a programme after a merge: each keeps its ledger, `home` says whose it is when they part again, and
    spending takes from both.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        BLOCKED = "blocked", _("Blocked")
        CLOSED = "closed", _("Closed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="accounts")
    person = models.ForeignKey(
        Person, null=True, on_delete=models.SET_NULL, related_name="loyalty_accounts", db_constraint=False
    )
    home = models.UUIDField(null=True)
    card_number = models.CharField(max_length=64, default="", blank=True)
    referral_code = models.CharField(max_length=10, default=referral_code)
    status = models.CharField(max_length=8, choices=Status, default=Status.ACTIVE)
    joined_at = models.DateTimeField()
    balance = models.BigIntegerField(default=0)
    pending = models.BigIntegerField(default=0)
    owed = models.BigIntegerField(default=0)
    version = models.BigIntegerField(default=0)
    # The person's tier and traits do not say yet what the account does.
    is_due = models.BooleanField(default=True)
    # The tier of the person, who may have further accounts: worked out of all that they collected, whenever one is due.
    tier = models.ForeignKey("loyalty.Tier", null=True, on_delete=models.SET_NULL, related_name="accounts")
    tier_since = models.DateTimeField(null=True)
    tier_until = models.DateTimeField(null=True)
    tier_value = amount_field(default=0)
    tier_review_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(balance__gte=0, pending__gte=0, owed__lte=0),
                name="loyalty_account_balance",
            ),
            models.UniqueConstraint(
                fields=["program", "home"],
                name="loyalty_account_home",
                condition=models.Q(home__isnull=False),
            ),
            models.UniqueConstraint(fields=["referral_code"], name="loyalty_account_referral"),
            models.UniqueConstraint(
                fields=["program", "card_number"],
                name="loyalty_account_card",
                condition=~models.Q(card_number=""),
            ),
        ]
        indexes = [
            models.Index(fields=["-joined_at", "id"], name="loyalty_account_recent"),
            models.Index(fields=["-balance", "id"], name="loyalty_account_balance"),
            models.Index(fields=["id"], name="loyalty_account_due", condition=models.Q(is_due=True)),
            models.Index(
                fields=["tier_review_at"],
                name="loyalty_account_review",
                condition=models.Q(tier_review_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.card_number or (str(self.person) if self.person else str(_("Nobody any more")))
