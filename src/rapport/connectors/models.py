"""Shops and other systems that are connected: how each stands, how far it was read, and what could not be."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rapport.core.models import Job
from rapport.events.models import Source


class Connector(models.Model):
    """One connected system. What it tells comes from its `source`, with the products of the catalogue of `store`.

    `settings` are what may be seen, `secrets` the rest, encrypted. `details` is what the system says of itself.
    `failing_since` is the first failure since the last success, `failures` how many there were since; until
    `rests_until` nothing is asked. It is looked at again at `next_at`; the job is that of the last full reading.
    `writes` says what is written there: {"details": true, "consent": true, "notes": true, "tags": [keys of segments],
    "coupons": [keys of promotions]}; `rules` which side wins, by trait.
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
    writes = models.JSONField(default=dict)
    rules = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.name


class Disconnected(models.Model):
    """A system that was connected: connected again, it goes on under the same source and in the same store, so that
    nothing it tells anew is there twice.
    """

    kind = models.CharField(max_length=40)
    address = models.CharField(max_length=500)
    store = models.CharField(max_length=64)
    source = models.OneToOneField(Source, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name_plural = "disconnected"
        constraints = [
            models.UniqueConstraint(fields=["kind", "address"], name="connectors_disconnected_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.address}"


class ConnectorResource(models.Model):
    """One kind of record of a connector. `cursor` is where a full reading goes on, null when none is under way;
    everything that changed up to `seen_until` was read. `looks` is where a look for changes goes on. The full reading
    began at `began_at`.
    """

    id = models.BigAutoField(primary_key=True)
    connector = models.ForeignKey(Connector, on_delete=models.CASCADE, related_name="resources")
    key = models.CharField(max_length=40)
    cursor = models.JSONField(null=True, blank=True)
    looks = models.JSONField(null=True, blank=True)
    seen_until = models.DateTimeField(null=True, blank=True)
    began_at = models.DateTimeField(null=True, blank=True)
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


class RecordVersion(models.Model):
    """When a product changed last, as a connector has read it, and when it was met last: calls come late, twice and
    out of turn, and an older word must not win, for a while not even where the product `is_gone`.
    """

    id = models.BigAutoField(primary_key=True)
    connector = models.ForeignKey(
        Connector, on_delete=models.CASCADE, related_name="versions", db_index=False
    )
    resource = models.CharField(max_length=40)
    external_id = models.CharField(max_length=200)
    changed_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    is_gone = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connector", "resource", "external_id"], name="connectors_version_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.resource} {self.external_id}"


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


class Outgoing(models.Model):
    """Something that is to be written into a connected system, or was: the last word on each thing.

    `subject` is the customer's id there, the code's id here, or the note's own. What is written is worked out when its
    turn comes, of what holds then; only notes carry a `text`. Of customers `theirs` has a keyed hash of each field as
    it was read last (at `theirs_at`), and `base` the hashes of both sides [ours, theirs] as they last were in step;
    `echo` is what our own write looks like when it is read again. `external_id` is the id of a group of codes there.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waits")
        WRITTEN = "written", _("Written")
        EQUAL = "equal", _("In step")
        OPEN = "open", _("Waits for a decision")
        REFUSED = "refused", _("Not written")

    class Thing(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        COUPON = "coupon", _("Coupon")
        GROUP = "group", _("Group of codes")
        NOTE = "note", _("Order note")

    id = models.BigAutoField(primary_key=True)
    connector = models.ForeignKey(Connector, on_delete=models.CASCADE, related_name="outgoing")
    thing = models.CharField(max_length=8, choices=Thing)
    subject = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=500, blank=True, default="")
    text = models.TextField(blank=True, default="")
    external_id = models.CharField(max_length=200, blank=True, default="")
    is_urgent = models.BooleanField(default=False)
    tries = models.IntegerField(default=0)
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    theirs = models.JSONField(default=dict)
    theirs_at = models.DateTimeField(null=True, blank=True)
    base = models.JSONField(default=dict)
    echo = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        verbose_name_plural = "outgoing"
        constraints = [
            models.UniqueConstraint(fields=["connector", "thing", "subject"], name="connectors_outgoing_once")
        ]
        indexes = [
            models.Index(
                fields=["connector", "-is_urgent", "due_at"], name="connectors_outgoing_due",
                condition=models.Q(state="waiting"),
            ),
            models.Index(fields=["connector", "-done_at"], name="connectors_outgoing_recent"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.thing} {self.subject}"


class Difference(models.Model):
    """A field of a customer of which both sides say something else, and which side won, by which rule or whom.

    `winner` is empty while somebody is asked. The last one of each field is kept.
    """

    class Winner(models.TextChoices):
        OPEN = "", pgettext_lazy("state", "Open")
        OURS = "ours", _("Ours")
        THEIRS = "theirs", _("Theirs")

    id = models.BigAutoField(primary_key=True)
    connector = models.ForeignKey(Connector, on_delete=models.CASCADE, related_name="differences")
    customer = models.CharField(max_length=200)
    field = models.CharField(max_length=100)
    ours = models.JSONField(null=True)
    theirs = models.JSONField(null=True)
    winner = models.CharField(max_length=8, choices=Winner, blank=True, default="")
    why = models.CharField(max_length=16)
    by = models.CharField(max_length=254, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connector", "customer", "field"], name="connectors_difference_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["connector", "-at"], name="connectors_difference_open", condition=models.Q(winner="")
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer} {self.field}"
