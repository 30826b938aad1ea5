"""Letters, and the files in which they go to a print house."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rapport.core.models import Job
from rapport.people.models import Person


class PrintFile(models.Model):
    """A ZIP of letters as PDF with a manifest. `path` is where it lies in the storage, empty when it does not."""

    id = models.BigAutoField(primary_key=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=254)
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    letters_count = models.IntegerField(default=0)
    pages_count = models.IntegerField(default=0)
    path = models.CharField(max_length=200, blank=True, default="")
    size = models.BigIntegerField(default=0)
    made_at = models.DateTimeField(null=True, blank=True)
    downloaded_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.pk}"


class Mailpiece(models.Model):
    """One letter, as text; its PDF is document with the file. `reference` is its delivery, `code` stands on it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("To print")
        PRINTED = "printed", _("In a print file")
        STOPPED = "stopped", _("Not to be printed")
        RETURNED = "returned", _("Returned")

    id = models.BigAutoField(primary_key=True)
    reference = models.UUIDField(unique=True, default=uuid.uuid4)
    code = models.CharField(max_length=16, db_index=True)
    person = models.ForeignKey(Person, null=True, on_delete=models.CASCADE, related_name="letters")
    purpose = models.CharField(max_length=64, blank=True, default="")
    address = models.TextField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    layout = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    why = models.CharField(max_length=200, blank=True, default="")
    print_file = models.ForeignKey(
        PrintFile, null=True, blank=True, on_delete=models.SET_NULL, related_name="letters"
    )
    pages = models.SmallIntegerField(default=0)
    returned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="channels_letter_waiting", condition=models.Q(state="waiting")),
            models.Index(fields=["-created_at", "id"], name="channels_letter_created"),
        ]

    def __str__(self) -> str:
        return self.code
