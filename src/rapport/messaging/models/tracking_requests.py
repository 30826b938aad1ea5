"""Requests for the pixels and links of messages, for as long as the judgement of who made them may change."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from rapport.content.models import Link
from rapport.messaging.models.deliveries import Delivery


class TrackingRequest(models.Model):
    """One request for a pixel or a link, with the signs seen in it (`services.evidence`); removed after some days.

    `due_at` is when it is to be judged (again); `number` counts those of a kind and link that were told as events.
    `network` is a keyed hash of the address, emptied once no other request can be compared with it.
    """

    class Kind(models.TextChoices):
        OPEN = "open", _("Opened")
        CLICK = "click", _("Clicked")
        UNSUBSCRIBE = "unsubscribe", _("Unsubscribed")
        TRAP = "trap", _("Followed the hidden link")
        PROBE = "probe", _("Probed a link (HEAD)")
        LEAVE = "leave", _("Opened the unsubscribe page")

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tracking_requests")
    kind = models.CharField(max_length=12, choices=Kind)
    link = models.ForeignKey(Link, null=True, blank=True, on_delete=models.CASCADE)
    at = models.DateTimeField()
    network = models.CharField(max_length=20, blank=True, default="")
    signs = ArrayField(models.CharField(max_length=32), default=list)
    due_at = models.DateTimeField(null=True, blank=True)
    number = models.SmallIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["delivery", "at"], name="messaging_tracking_delivery"),
            models.Index(
                fields=["network", "at"],
                name="messaging_tracking_network",
                condition=~models.Q(network=""),
            ),
            models.Index(
                fields=["due_at"],
                name="messaging_trackingrequest_due",
                condition=models.Q(due_at__isnull=False),
            ),
            models.Index(fields=["at"], name="messaging_trackingrequest_at"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.delivery_id}"
