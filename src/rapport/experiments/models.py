"""Experiments, their variants, who met which, and the holdout of all marketing."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from rapport.people.models import Person


class Experiment(models.Model):
    """What is varied, by what it is judged, and how it is decided. `key` is its name for programs.

    `subject` and `subject_id` name what of a higher app it belongs to (a campaign), if it does. It is judged by `event`
    within `window_days` after somebody met their variant: by whether it came, or by the sum of `value_property`.
    `planned` persons a variant were meant before it began: the intervals are made for that number and must not be
    changed while it runs. `salt` draws the variants, `winner` is what everybody gets once it is decided.
    """

    class About(models.TextChoices):
        SUBJECT = "subject", _("Subject line")
        CONTENT = "content", _("Content")
        SENDER = "sender", _("Sender")
        OFFER = "offer", _("Offer")
        TIME = "time", _("Time")
        CHANNEL = "channel", _("Channel")
        PAGE = "page", _("Page")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        RUNNING = "running", _("Running")
        DECIDED = "decided", _("Decided")
        STOPPED = "stopped", _("Stopped")

    class Decision(models.TextChoices):
        HAND = "hand", _("By hand")
        AUTO = "auto", _("Automatically, as soon as a winner is certain")

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    about = models.CharField(max_length=8, choices=About)
    subject = models.CharField(max_length=20, blank=True, default="")
    subject_id = models.CharField(max_length=40, blank=True, default="")
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    salt = models.UUIDField(default=uuid.uuid4)
    event = models.CharField(max_length=200)
    value_property = models.CharField(max_length=64, blank=True, default="")
    window_days = models.IntegerField(default=7)
    alpha = models.FloatField(default=0.05)
    effect = models.FloatField(default=0.1)
    planned = models.IntegerField()
    decision = models.CharField(max_length=4, choices=Decision, default=Decision.HAND)
    winner = models.ForeignKey("Variant", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    counted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(alpha__gt=0, alpha__lt=1, planned__gt=0, window_days__gt=0),
                name="experiments_plan",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "id"], name="experiments_recent"),
            models.Index(fields=["subject", "subject_id"], name="experiments_subject"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_begun(self) -> bool:
        return self.state != self.State.DRAFT


class Variant(models.Model):
    """One of the ways. Whoever is in the holdout gets none, and shows what happens without.

    `persons`, `total` and `squares` are what was counted last: how many met it, the sum of what each gave, and the sum
    of the squares. `reference` is what the higher app calls it (a template's id).
    """

    id = models.BigAutoField(primary_key=True)
    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="variants")
    key = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    weight = models.IntegerField(default=1)
    is_holdout = models.BooleanField(default=False)
    reference = models.CharField(max_length=64, blank=True, default="")
    persons = models.BigIntegerField(default=0)
    total = models.FloatField(default=0)
    squares = models.FloatField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["experiment", "key"], name="experiments_variant_key"),
            models.UniqueConstraint(
                fields=["experiment"], condition=Q(is_holdout=True), name="experiments_one_holdout"
            ),
            models.CheckConstraint(condition=Q(weight__gte=0), name="experiments_weight"),
        ]

    def __str__(self) -> str:
        return self.name


class Exposure(models.Model):
    """Somebody met a variant; from then on it is theirs. `unit` is what it was drawn by: a person's id or a device's.

    After a merge there may be two of one person: the earlier stands.
    """

    id = models.BigAutoField(primary_key=True)
    experiment = models.ForeignKey(
        Experiment, on_delete=models.CASCADE, related_name="exposures", db_index=False
    )
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="+", db_index=False)
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    unit = models.CharField(max_length=254)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["experiment", "unit"], name="experiments_exposure_unit"),
        ]
        indexes = [
            models.Index(fields=["experiment", "person", "at"], name="experiments_exposure_person"),
        ]

    def __str__(self) -> str:
        return f"exposure {self.pk}"


class GlobalHoldout(models.Model):
    """The one row: a share of everybody, in ten-thousandths, who get no marketing at all, so that its effect shows."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    share = models.IntegerField(default=0)
    salt = models.UUIDField(default=uuid.uuid4)
    since = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="experiments_one_global_holdout"),
            models.CheckConstraint(
                condition=Q(share__gte=0, share__lte=5_000), name="experiments_holdout_share"
            ),
        ]

    def __str__(self) -> str:
        return str(self.share)
