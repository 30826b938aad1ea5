"""Companies and who belongs to them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Upper
from django.utils import timezone

from rapport.core.models import Owned, OwnedQuerySet
from rapport.people.models.persons import Person


class Company(Owned):
    """An organisation persons belong to, made by `group` calls or by hand.

    `traits` and `trait_facts` are as a person's. `parent` is the company it belongs to; the database refuses cycles.
    """

    id = models.UUIDField(primary_key=True)
    group_id = models.CharField(max_length=254, unique=True)
    name = models.CharField(max_length=254, blank=True, default="")
    traits = models.JSONField(default=dict)
    trait_facts = models.JSONField(default=dict)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="subsidiaries"
    )
    domains = ArrayField(models.CharField(max_length=253), default=list, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    members: models.ManyToManyField[Person, CompanyMember] = models.ManyToManyField(
        Person, through="CompanyMember", related_name="companies"
    )

    objects = OwnedQuerySet["Company"].as_manager()

    class Meta:
        verbose_name_plural = "companies"
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(pk=models.F("parent")), name="people_company_not_own_parent"
            )
        ]
        indexes = [
            *Owned.OWNED_INDEXES,
            models.Index(fields=["-updated_at", "id"], name="people_company_recent"),
            models.Index(fields=["name", "id"], name="people_company_name"),
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="people_company_name_trgm"),
            GinIndex(fields=["domains"], name="people_company_domains"),
        ]

    def __str__(self) -> str:
        return self.name or self.group_id


class CompanyMember(models.Model):
    """A person's place in a company: as what, since when, and until when they were."""

    id = models.BigAutoField(primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    role = models.CharField(max_length=120, blank=True, default="")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "person"], name="people_member_unique")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.company_id}"
