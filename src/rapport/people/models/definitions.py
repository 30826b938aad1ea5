"""What the business says of traits: their types, whose word counts, and what did not fit."""

from __future__ import annotations

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from rapport.core.models import Job
from rapport.people.values import schema
from rapport.people.values.types import TraitRule, TraitType


class TraitDefinition(models.Model):
    """One trait as the business wants it; one with the key of a predefined trait takes its place."""

    entity = models.CharField(max_length=8, choices=schema.ENTITIES)
    key = models.CharField(max_length=100)
    label = models.CharField(max_length=100)
    description = models.CharField(max_length=500, blank=True, default="")
    kind = models.CharField(max_length=16, choices=TraitType.choices, default=TraitType.TEXT)
    options = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    minimum = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    maximum = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    pattern = models.CharField(max_length=200, blank=True, default="")
    section = models.CharField(max_length=100, blank=True, default="")
    position = models.IntegerField(default=100)
    aliases = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    is_required = models.BooleanField(default=False)
    is_personal = models.BooleanField(default=True)
    is_column = models.BooleanField(default=False)
    is_read_only = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entity", "key"], name="people_traitdefinition_unique")
        ]

    def __str__(self) -> str:
        return self.label

    def as_definition(self, region: str = "GB") -> schema.Definition:
        """The row as the rest of the program knows it. `region` reads phone numbers without a country code."""
        bounds = (Decimal(self.minimum) if self.minimum is not None else None, self.maximum)
        rule = TraitRule(self.kind, tuple(self.options), *bounds, self.pattern, region)
        copied = ("key", "label", "kind", "entity", "description", "currency", "section", "position")
        flags = ("is_required", "is_personal", "is_column", "is_read_only")
        return schema.Definition(
            **{name: getattr(self, name) for name in (*copied, *flags)},
            rule=rule,
            aliases=tuple(self.aliases),
            is_archived=self.archived_at is not None,
            is_predefined=False,
        )


class TraitPolicy(models.Model):
    """One row whose token changes with every definition and rule, so that each process knows when to read again."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    token = models.UUIDField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="people_traitpolicy_one_row")]

    def __str__(self) -> str:
        return str(self.token)


class SourceRule(models.Model):
    """Whose word counts: sources and kinds of sources, the most trusted first. An empty trait is the default.

    An entry is "hand", "import", "api", "computed", "kind:website" or "source:Shop".
    """

    entity = models.CharField(max_length=8, choices=schema.ENTITIES)
    trait = models.CharField(max_length=100, blank=True, default="")
    sources = ArrayField(models.CharField(max_length=140), default=list)
    stale_days = models.PositiveIntegerField(null=True, blank=True)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entity", "trait"], name="people_sourcerule_unique")]

    def __str__(self) -> str:
        return self.trait or "default"


class RejectedFact(models.Model):
    """A value that did not fit its trait, kept aside: the newest of each source, and how many there were."""

    id = models.BigAutoField(primary_key=True)
    entity = models.CharField(max_length=8, choices=schema.ENTITIES)
    subject_id = models.UUIDField()
    trait = models.CharField(max_length=100)
    source = models.CharField(max_length=254)
    value = models.JSONField(null=True)
    reason = models.CharField(max_length=500)
    message_id = models.CharField(max_length=254, blank=True, default="")
    at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_id", "trait", "source", "entity"], name="people_rejectedfact_unique"
            )
        ]
        indexes = [models.Index(fields=["entity", "trait", "source"], name="people_rejected_by_trait")]

    def __str__(self) -> str:
        return f"{self.trait}: {self.reason}"


class TraitRecompute(models.Model):
    """Existing profiles judged again after a rule or a definition changed; `job` tells how far it is."""

    entity = models.CharField(max_length=8, choices=schema.ENTITIES)
    reason = models.CharField(max_length=200)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="+")
    changed = models.PositiveIntegerField(default=0)
    after = models.UUIDField(null=True)

    def __str__(self) -> str:
        return self.reason
