"""One change made to many persons at once, which can be watched and taken back."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from rapport.people.models.persons import Person


class BulkChange(models.Model):
    """What is to be done with the chosen persons, and how far it is."""

    class Kind(models.TextChoices):
        TRAIT = "trait"
        COMPANY = "company"

    class State(models.TextChoices):
        DRAFT = "draft"
        RUNNING = "running"
        DONE = "done"
        UNDOING = "undoing"
        UNDONE = "undone"

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    what = models.JSONField(default=dict)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    user_id = models.CharField(max_length=64)
    made_by = models.CharField(max_length=254)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.kind} of {self.total}"


class BulkChangeItem(models.Model):
    """One of the chosen persons: whether it was his turn, and what stood there before."""

    id = models.BigAutoField(primary_key=True)
    change = models.ForeignKey(BulkChange, on_delete=models.CASCADE, related_name="items")
    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    is_done = models.BooleanField(default=False)
    before = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["change", "is_done", "id"], name="people_bulkitem_next")]

    def __str__(self) -> str:
        return f"{self.change_id}: {self.person_id}"
