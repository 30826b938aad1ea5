"""Companies and who belongs to them."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from rapport.people.models.persons import Person


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
