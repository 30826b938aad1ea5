"""The one profile per customer: persons, what identifies them, companies, and the journal of merges."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Now, Upper
from django.utils import timezone


class Person(models.Model):
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
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT)
    erased_at = models.DateTimeField(null=True, blank=True)
    restricted_at = models.DateTimeField(null=True, blank=True)
    version = models.BigIntegerField(default=1)

    class Meta:
        verbose_name_plural = "people"
        indexes = [
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
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="people_person_name_trgm"),
            GinIndex(OpClass(Upper("email"), name="gin_trgm_ops"), name="people_person_email_trgm"),
        ]

    def __str__(self) -> str:
        return self.name or self.email or "Anonymous visitor"


class Identifier(models.Model):
    """One normalised value that names one person: `user_id`, `anonymous_id`, `email`, `phone`."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="identifiers")
    type = models.CharField(max_length=32)
    value = models.CharField(max_length=254)
    first_seen_at = models.DateTimeField()
    source = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["type", "value"], name="people_identifier_unique")]

    def __str__(self) -> str:
        return f"{self.type}:{self.value}"


class Merge(models.Model):
    """One line of the merge journal: `absorbed` became part of `survivor`, and what it was before.

    `snapshot` holds what an undo needs: the absorbed person's traits, trait facts, identifiers and times,
    and the survivor's traits before the merge. `evidence` says which event and identifier joined them.
    """

    id = models.BigAutoField(primary_key=True)
    survivor = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="merges_won")
    absorbed = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="merges_lost")
    merged_at = models.DateTimeField()
    rule = models.CharField(max_length=64)
    evidence = models.JSONField(default=dict)
    snapshot = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.CharField(max_length=254, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.absorbed_id} → {self.survivor_id}"


class Company(models.Model):
    """An organisation persons belong to, made by `group` calls or by hand."""

    id = models.UUIDField(primary_key=True)
    group_id = models.CharField(max_length=254, unique=True)
    name = models.CharField(max_length=254, blank=True, default="")
    traits = models.JSONField(default=dict)
    trait_facts = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    members: models.ManyToManyField[Person, CompanyMember] = models.ManyToManyField(
        Person, through="CompanyMember", related_name="companies"
    )

    class Meta:
        verbose_name_plural = "companies"

    def __str__(self) -> str:
        return self.name or self.group_id


class CompanyMember(models.Model):
    """A person's place in a company."""

    id = models.BigAutoField(primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "person"], name="people_member_unique")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.company_id}"


class ChangeSet(models.Model):
    """People whose copy in ClickHouse and whose live segments are to be looked at again.

    `people` had events come in; `profiles` (a subset) also had traits, identifiers, consents or a merge.
    `after_block` is the spool block that must have reached ClickHouse before it makes sense to look.
    Rows are only added and, when dealt with, removed: writers never wait for one another.
    """

    id = models.BigAutoField(primary_key=True)
    people = ArrayField(models.UUIDField())
    profiles = ArrayField(models.UUIDField(), default=list)
    after_block = models.BigIntegerField(default=0, db_default=0)
    since = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{len(self.people)} people"
