"""Shops and other systems that are connected: how each stands, how far it was read, and what could not be."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from rapport.core.models import Job
from rapport.events.models import Source


class Connector(models.Model):
    """One connected system. What it tells comes from its `source`, with the products of the catalogue of `store`.

    `settings` are what may be seen, `secrets` the rest, encrypted. `details` is what the system says of itself.
    `failing_since` is the first failure since the last success, `failures` how many there were since; until
    `rests_until` nothing is asked. It is looked at again at `next_at`; the job is that of the last full reading.
    """

    class Trouble(models.TextChoices):
        NONE = "", _("None")
        DENIED = "denied", _("It does not let us in")
        UNREACHABLE = "unreachable", _("It cannot be reached")
        REFUSED = "refused", _("It refuses what we ask")
        BROKEN = "broken", _("It fails")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    store = models.CharField(max_length=64)
    source = models.OneToOneField(Source, on_delete=models.PROTECT, related_name="connector")
    settings = models.JSONField(default=dict)
    secrets = models.TextField(blank=True, default="")
    details = models.JSONField(default=dict)
    every_minutes = models.IntegerField(default=15)
    created_at = models.DateTimeField()
    disabled_at = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_error_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True, default="")
    trouble = models.CharField(max_length=12, choices=Trouble, blank=True, default="")
    failing_since = models.DateTimeField(null=True, blank=True)
    failures = models.IntegerField(default=0)
    rests_until = models.DateTimeField(null=True, blank=True)
    subscribed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class ConnectorResource(models.Model):
    """One kind of record of a connector. `cursor` is where a full reading goes on, null when none is under way;
    everything that changed up to `seen_until` was read. `looks` is where a look for changes goes on.
    """

    id = models.BigAutoField(primary_key=True)
    connector = models.ForeignKey(Connector, on_delete=models.CASCADE, related_name="resources")
    key = models.CharField(max_length=40)
    cursor = models.JSONField(null=True, blank=True)
    looks = models.JSONField(null=True, blank=True)
    seen_until = models.DateTimeField(null=True, blank=True)
    backfilled_at = models.DateTimeField(null=True, blank=True)
    records = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connector", "key"], name="connectors_resource_once")]

    def __str__(self) -> str:
        return self.key


class ConnectorHour(models.Model):
    """What a connector did in an hour: requests and how many of them failed, records read, events that came of them."""

    id = models.BigAutoField(primary_key=True)
    connector = models.ForeignKey(Connector, on_delete=models.CASCADE, related_name="hours")
    at = models.DateTimeField()
    requests = models.BigIntegerField(default=0)
    failures = models.BigIntegerField(default=0)
    records = models.BigIntegerField(default=0)
    events = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connector", "at"], name="connectors_hour_once")]

    def __str__(self) -> str:
        return f"{self.connector_id} {self.at}"


class LeftOut(models.Model):
    """A record that could not be read, until it is read again."""

    id = models.BigAutoField(primary_key=True)
    connector = models.ForeignKey(Connector, on_delete=models.CASCADE, related_name="left_out")
    resource = models.CharField(max_length=40)
    external_id = models.CharField(max_length=200)
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "left out"
        constraints = [
            models.UniqueConstraint(
                fields=["connector", "resource", "external_id"], name="connectors_left_out_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.resource} {self.external_id}"
