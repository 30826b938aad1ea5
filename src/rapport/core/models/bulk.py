"""One change made to many rows of a list at once, which can be watched and taken back."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from rapport.core.models.jobs import Job


class BulkChange(models.Model):
    """What is to be done with the chosen rows: `edit` names a `BulkEdit` of the list, `what` is its JSON."""

    class State(models.TextChoices):
        DRAFT = "draft"
        RUNNING = "running"
        DONE = "done"
        STOPPED = "stopped"
        UNDOING = "undoing"
        UNDONE = "undone"

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    list_name = models.CharField(max_length=64)
    edit = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    what = models.JSONField(default=dict)
    # Where to go back to: the list as it was when the rows were chosen.
    origin = models.CharField(max_length=4000, default="")
    total = models.PositiveIntegerField(default=0)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.edit} of {self.total} in {self.list_name}"


class BulkChangeItem(models.Model):
    """One of the chosen rows by its primary key: whether it was reached, and what stood there before."""

    id = models.BigAutoField(primary_key=True)
    change = models.ForeignKey(BulkChange, on_delete=models.CASCADE, related_name="items")
    key = models.CharField(max_length=64)
    is_done = models.BooleanField(default=False)
    before = models.JSONField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["change", "is_done", "id"], name="core_bulkitem_next"),
            models.Index(fields=["key"], name="core_bulkitem_key"),
        ]

    def __str__(self) -> str:
        return f"{self.change_id}: {self.key}"
