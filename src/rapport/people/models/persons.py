"""Persons and the values that identify them."""

from __future__ import annotations

import base64
import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Upper
from django.utils import timezone

from rapport.core.models import Owned, OwnedQuerySet


class Person(Owned):
    """A customer or prospect, known or still anonymous.

    The id of a person first seen through an identifier is UUIDv5(namespace, "type:value"), so it is known
    before the row exists and the same in every process. `traits` is {name: value}; `trait_facts` is
    {name: {"at": ISO time, "source": source name, "message_id": ...}} and decides, per trait, which of two
    writes is newer. A merged person stays as a row whose `merged_into` names the survivor.
    `version` grows with each change and orders the copies in ClickHouse.
    """

    id = models.UUIDField(primary_key=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    is_identified = models.BooleanField(default=False)
    name = models.CharField(max_length=254, blank=True, default="")
    email = models.CharField(max_length=254, blank=True, default="")
    traits = models.JSONField(default=dict)
    trait_facts = models.JSONField(default=dict)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    erased_at = models.DateTimeField(null=True, blank=True)
    restricted_at = models.DateTimeField(null=True, blank=True)
    version = models.BigIntegerField(default=1)

    objects = OwnedQuerySet["Person"].as_manager()

    class Meta:
        verbose_name_plural = "people"
        indexes = [
            *Owned.OWNED_INDEXES,
            models.Index(
                fields=["-last_seen_at", "id"],
                name="people_person_recent",
                condition=models.Q(merged_into=None, erased_at=None),
            ),
            models.Index(
                fields=["-first_seen_at", "id"],
                name="people_person_first_seen",
                condition=models.Q(merged_into=None, erased_at=None),
            ),
            models.Index(
                fields=["name", "id"],
                name="people_person_name",
                condition=models.Q(merged_into=None, erased_at=None),
            ),
            models.Index(
                fields=["merged_into"],
                name="people_person_merged",
                condition=models.Q(merged_into__isnull=False),
            ),
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="people_person_name_trgm"),
            GinIndex(OpClass(Upper("email"), name="gin_trgm_ops"), name="people_person_email_trgm"),
        ]

    def __str__(self) -> str:
        return self.name or self.email or f"Visitor {visitor_code(self.pk)}"


def visitor_code(person_id: uuid.UUID) -> str:
    """What to call somebody without a name: short, and always the same for the same person."""
    return base64.b32encode(person_id.bytes)[:5].decode()


class Identifier(models.Model):
    """One normalised value that names one person: `user_id`, `email` and so on (see IdentifierType).

    Its birth is the earliest event it came with, by the event's own time: `first_seen_at`, `message_id`, and
    `came_with`, the other identifiers of that event, strongest first. `home` is the person it goes back to when
    merges are undone; null while it is the person's own. It `is_vouched` for when a source that not everybody can write
    to sent it together with a user id.
    """

    id = models.BigAutoField(primary_key=True)
    # Persons are never deleted (erased ones stay as tombstones), so the database is spared the check of each row.
    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="identifiers", db_constraint=False
    )
    type = models.CharField(max_length=32)
    value = models.CharField(max_length=254)
    first_seen_at = models.DateTimeField()
    source = models.CharField(max_length=120, blank=True, default="")
    home = models.UUIDField(null=True, blank=True)
    message_id = models.CharField(max_length=100, blank=True, default="", db_default="")
    came_with: ArrayField[list[str] | None, list[str] | None] = ArrayField(
        models.TextField(), null=True, blank=True
    )
    is_vouched = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["type", "value"], name="people_identifier_unique")]

    def __str__(self) -> str:
        return f"{self.type}:{self.value}"
