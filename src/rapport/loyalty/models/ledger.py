"""The ledger: entries of postings that sum to zero, and the lots that points lie in until they expire.

Entries and postings are only ever added; the database refuses anything else, an entry that does not sum to zero,
and an account whose lots do not hold what its postings say (`migrations/_operations.py`).
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rapport.core.money import amount_field
from rapport.loyalty.models.programs import Account, Program


class Book(models.TextChoices):
    """Where points can be. The first three are a member's, the others the programme's."""

    MEMBER = "member", _("To spend")
    PENDING = "pending", pgettext_lazy("points", "Pending")
    OWED = "owed", _("Owed")
    ISSUED = "issued", _("Issued")
    SPENT = "spent", pgettext_lazy("points", "Spent")
    EXPIRED = "expired", _("Expired")
    CORRECTED = "corrected", _("Corrected")


class Entry(models.Model):
    """One thing that happened to an account. `points` is what it meant for the member, pending ones included.

    `key` says what it stands for at its `source`: the same key there is the same entry, however often it is sent.
    """

    class Kind(models.TextChoices):
        EARN = "earn", _("Earned")
        REVERSE = "reverse", _("Taken back")
        SETTLE = "settle", _("Became usable")
        SPEND = "spend", pgettext_lazy("points", "Spent")
        EXPIRE = "expire", _("Expired")
        CORRECT = "correct", _("Corrected")
        TRANSFER = "transfer", _("Transferred")

    id = models.BigAutoField(primary_key=True)
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="entries")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="entries")
    other = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    points = models.BigIntegerField()
    source = models.CharField(max_length=64, default="", blank=True)
    key = models.CharField(max_length=200, default="", blank=True)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    order_ref = models.UUIDField(null=True)
    note = models.CharField(max_length=254, default="", blank=True)
    actor = models.CharField(max_length=254, default="", blank=True)
    # Which rules gave how much: [{"rule", "points"}]; or which key of a partner it takes back: [{"reverses"}].
    reasons = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["program", "source", "key"],
                name="loyalty_entry_once",
                condition=~models.Q(key=""),
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-at", "-id"], name="loyalty_entry_account"),
            models.Index(
                fields=["program", "source", "-at", "-id"],
                name="loyalty_entry_partner",
                condition=models.Q(source__startswith="partner "),
            ),
            # Of limits: what a partner gave since a moment, of everybody and of one member.
            models.Index(
                fields=["program", "source", "recorded_at"],
                name="loyalty_entry_partner_sum",
                include=["account", "points"],
                condition=models.Q(source__startswith="partner "),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.points}"


class Lot(models.Model):
    """Points of one origin, which become usable and expire together: where they are now.

    Its `pending` and `remaining` lie with the member; `expired` were theirs.
    """

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="lots")
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="lots")
    pending = models.BigIntegerField(default=0)
    remaining = models.BigIntegerField(default=0)
    expired = models.BigIntegerField(default=0)
    available_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(pending__gte=0, remaining__gte=0, expired__gte=0),
                name="loyalty_lot_points",
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "expires_at"],
                name="loyalty_lot_open",
                condition=models.Q(remaining__gt=0) | models.Q(pending__gt=0),
            ),
            models.Index(
                fields=["available_at"], name="loyalty_lot_pending", condition=models.Q(pending__gt=0)
            ),
            models.Index(
                fields=["expires_at"], name="loyalty_lot_expiring", condition=models.Q(remaining__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.remaining} + {self.pending}"


class Posting(models.Model):
    """A part of an entry: points into a book, or out of it."""

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="postings")
    book = models.CharField(max_length=9, choices=Book)
    account = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="postings")
    points = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.book} {self.points}"


class OrderPoints(models.Model):
    """What an order has given in a programme so far, and what is left of it (`spent`, in the programme's currency).

    `segments` are those that counted when it was first seen.
    """

    id = models.BigAutoField(primary_key=True)
    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="+")
    order_ref = models.UUIDField()
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    lot = models.ForeignKey(Lot, null=True, on_delete=models.PROTECT, related_name="+")
    points = models.BigIntegerField(default=0)
    at = models.DateTimeField()
    spent = amount_field(default=0)
    changes = models.PositiveIntegerField(default=0)
    segments = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order_ref", "program"], name="loyalty_order_points_unique")
        ]
        indexes = [models.Index(fields=["account"], name="loyalty_order_points_account")]

    def __str__(self) -> str:
        return str(self.points)
