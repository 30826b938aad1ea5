"""Messages that wait in an app until their reader opens it."""

from __future__ import annotations

import uuid

from django.db import models

from rapport.people.models import Person


class InboxMessage(models.Model):
    """One message to one person, as it was rendered; its id is the delivery's, so that it is there once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="inbox_messages")
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True, default="")
    url = models.TextField(blank=True, default="")
    image = models.TextField(blank=True, default="")
    label = models.CharField(max_length=60, blank=True, default="")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    clicked_at = models.DateTimeField(null=True, blank=True)
    dismissed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["person", "-created_at", "-id"],
                name="channels_inbox_person",
                condition=models.Q(dismissed_at=None),
            )
        ]

    def __str__(self) -> str:
        return self.title
