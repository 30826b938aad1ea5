"""Orders to send, and their halts."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rapport.content.models import TemplateVersion
from rapport.governance.models import Purpose


class Send(models.Model):
    """The order to send one version of a template, for one purpose, over one channel, until it expires.

    `origin` names a registered `SendOrigin` and `origin_id` is that origin's own id of what ordered it: a campaign,
    a journey's step, a call of the API. `sealed_at` is when its last recipient had been added; from then on it is
    complete as soon as all of its deliveries have ended. Without one it stands open, for calls and journeys that add
    one recipient at a time.

    Of several that want the same person at the same time, the one of higher `priority` (0 to 100) goes; `yields` says
    whether the others wait for their turn or are dropped. `expires_at` is when it is too late for all its messages.
    `sender_name` stands in the place of the business's own, where there is one.
    """

    class Yields(models.TextChoices):
        WAIT = "wait", _("Waits")
        DROP = "drop", _("Is dropped")

    id = models.BigAutoField(primary_key=True)
    origin = models.CharField(max_length=32)
    origin_id = models.CharField(max_length=64)
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT)
    channel = models.CharField(max_length=16)
    template_version = models.ForeignKey(TemplateVersion, on_delete=models.PROTECT)
    requested_at = models.DateTimeField(default=timezone.now)
    requested_by = models.CharField(max_length=254)
    send_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    sender_name = models.CharField(max_length=120, blank=True, default="")
    priority = models.SmallIntegerField(default=50)
    yields = models.CharField(max_length=8, choices=Yields, default=Yields.WAIT)
    sealed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.CharField(max_length=254, blank=True, default="")
    cancel_reason = models.CharField(max_length=254, blank=True, default="")
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["origin", "origin_id", "template_version", "channel", "sender_name"],
                name="messaging_send_unique",
            )
        ]
        indexes = [
            models.Index(
                fields=["channel", "send_at"],
                name="messaging_send_live",
                condition=models.Q(completed_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"send of {self.origin} {self.origin_id}"


class SendHold(models.Model):
    """A halt of a send, and its end when `released_at` is set."""

    send = models.ForeignKey(Send, on_delete=models.CASCADE, related_name="holds")
    held_at = models.DateTimeField(default=timezone.now)
    held_by = models.CharField(max_length=254)
    reason = models.TextField(blank=True, default="")
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.CharField(max_length=254, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["send"], name="messaging_hold_open", condition=models.Q(released_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"hold of {self.send_id}"
