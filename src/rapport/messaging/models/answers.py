"""What makes a delivery an answer: the message it answers and who wrote it. And the files that hang on messages."""

from __future__ import annotations

import uuid

from django.db import models

from rapport.messaging.models.deliveries import Delivery
from rapport.messaging.models.inbound import InboundMessage


class Answer(models.Model):
    """A message that somebody wrote to one person by hand. What it says is the `data` of its delivery.

    It answers a message that came in (`inbound`) or goes on from one of ours (`earlier`), or neither.
    """

    delivery = models.OneToOneField(
        Delivery, primary_key=True, on_delete=models.CASCADE, related_name="answer"
    )
    inbound = models.ForeignKey(
        InboundMessage, null=True, blank=True, on_delete=models.SET_NULL, related_name="answers"
    )
    earlier = models.ForeignKey(
        Delivery, null=True, blank=True, on_delete=models.SET_NULL, related_name="followed_by"
    )
    written_by = models.CharField(max_length=254)

    def __str__(self) -> str:
        return f"answer {self.pk}"


class MessageFile(models.Model):
    """A file that hangs on a message to a person (`delivery`) or from them (`inbound`); `path` is where it lies in the
    storage."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    delivery = models.ForeignKey(
        Delivery, null=True, blank=True, on_delete=models.CASCADE, related_name="files"
    )
    inbound = models.ForeignKey(
        InboundMessage, null=True, blank=True, on_delete=models.CASCADE, related_name="files"
    )
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=120)
    size = models.BigIntegerField()
    path = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(delivery=None) ^ models.Q(inbound=None),
                name="messaging_file_of_one_message",
            )
        ]

    def __str__(self) -> str:
        return self.name
