"""What may identify persons, and how far it may be trusted."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from rapport.people.models.persons import Person


class IdentifierType(models.Model):
    """A kind of identifier and its rules. `priority` orders: the smallest decides whose an event is.

    `most` values per person within `period` (0: any number); `merges` says whether a shared value makes two persons
    one; types that are not `unique` are only noted. `blocked_values` are compared without case, `blocked_pattern` is
    a regular expression for the whole value. `trait` is the trait whose value is this identifier.
    """

    class Normaliser(models.TextChoices):
        TEXT = "text", _("Text, as it is")
        LOWER = "lower", _("Text in lower case")
        DIGITS = "digits", _("Letters and digits only, upper case")
        EMAIL = "email", _("Email address")
        PHONE = "phone", _("Phone number")

    class Period(models.TextChoices):
        EVER = "ever", _("for ever")
        DAY = "day", _("per day")
        WEEK = "week", _("per week")
        MONTH = "month", _("per 30 days")

    key = models.SlugField(max_length=32, primary_key=True)
    label = models.CharField(max_length=60)
    normaliser = models.CharField(max_length=12, choices=Normaliser, default=Normaliser.TEXT)
    most = models.PositiveIntegerField(default=5)
    period = models.CharField(max_length=8, choices=Period, default=Period.EVER)
    priority = models.PositiveIntegerField()
    merges = models.BooleanField(default=True)
    unique = models.BooleanField(default=True)
    identifies = models.BooleanField(default=False)
    trait = models.CharField(max_length=100, blank=True, default="")
    blocked_values: ArrayField[list[str], list[str]] = ArrayField(
        models.CharField(max_length=254), default=list, blank=True
    )
    blocked_pattern = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering: ClassVar[list[str]] = ["priority", "key"]

    def __str__(self) -> str:
        return self.label


class SharedIdentifier(models.Model):
    """A value of a type that is not unique, noted for each person it came with. It decides nothing."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="shared_identifiers")
    type = models.CharField(max_length=32)
    value = models.CharField(max_length=254)
    first_seen_at = models.DateTimeField()
    source = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["type", "value", "person"], name="people_shared_unique")
        ]

    def __str__(self) -> str:
        return f"{self.type}:{self.value}"
