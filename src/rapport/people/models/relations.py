"""How persons stand to one another and to companies."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from rapport.people.models.companies import Company
from rapport.people.models.persons import Person


class RelationshipType(models.Model):
    """A kind of relationship that the business added, or a predefined one that it changed."""

    key = models.SlugField(max_length=40, unique=True)
    label = models.CharField(max_length=80)
    inverse = models.CharField(max_length=80, blank=True, default="")
    with_company = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.label


class Relationship(models.Model):
    """`person` is (label of the type) of the other: a person or a company, never both.

    Of a symmetric type one row stands for both directions, the smaller id first.
    """

    id = models.BigAutoField(primary_key=True)
    type = models.CharField(max_length=40)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="relationships")
    other_person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.CASCADE, related_name="relationships_inverse"
    )
    other_company = models.ForeignKey(
        Company, null=True, blank=True, on_delete=models.CASCADE, related_name="relationships"
    )
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=254, blank=True, default="")
    source = models.CharField(max_length=254, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(other_person=None) ^ models.Q(other_company=None),
                name="people_relationship_one_other",
            ),
            models.CheckConstraint(
                condition=~models.Q(person=models.F("other_person")), name="people_relationship_not_self"
            ),
            models.UniqueConstraint(
                fields=["type", "person", "other_person", "other_company"],
                name="people_relationship_unique",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.type} {self.other_person_id or self.other_company_id}"
