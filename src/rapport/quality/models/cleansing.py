"""One repair over everybody: what it proposes, what was chosen, what it did, and how it is taken back."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from rapport.people.models.persons import Person


class StandardRun(models.Model):
    """One pass of one repair: it looks for what to change, waits for a choice, carries it out, can be taken back."""

    class State(models.TextChoices):
        LOOKING = "looking", _("Looking")
        PREVIEW = "preview", _("To be reviewed")
        APPLYING = "applying", _("Under way")
        DONE = "done", _("Done")
        UNDOING = "undoing", _("Being taken back")
        UNDONE = "undone", _("Taken back")
        DISCARDED = "discarded", _("Discarded")

    id = models.BigAutoField(primary_key=True)
    repair = models.CharField(max_length=32)
    state = models.CharField(max_length=10, choices=State.choices, default=State.LOOKING)
    domains = models.JSONField(default=dict)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    after = models.UUIDField(null=True)
    message_id = models.UUIDField()
    user_id = models.CharField(max_length=64)
    made_by = models.CharField(max_length=254)
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"],
                name="quality_standardrun_busy",
                condition=models.Q(state__in=["looking", "applying", "undoing"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.repair} {self.pk}"

    @property
    def is_busy(self) -> bool:
        return self.state in {self.State.LOOKING, self.State.APPLYING, self.State.UNDOING}


class StandardItem(models.Model):
    """One trait of one person in a run. `before` and `after` are the trait's whole values, the shown ones what differs.

    `linked`: the repair gave the person a new e-mail address to be known by, which goes when it is taken back.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("To be changed")
        EXCLUDED = "excluded", _("Left alone")
        APPLIED = "applied", _("Changed")
        SKIPPED = "skipped", _("Skipped")
        UNDONE = "undone", _("Taken back")

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(StandardRun, on_delete=models.CASCADE, related_name="items")
    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    trait = models.CharField(max_length=100)
    before = models.JSONField()
    after = models.JSONField(null=True)
    shown_before = models.CharField(max_length=500)
    shown_after = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    reason = models.CharField(max_length=200, blank=True, default="")
    linked = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "person", "trait"], name="quality_standarditem_unique")
        ]
        indexes = [
            models.Index(fields=["run", "state", "id"], name="quality_standarditem_next"),
            models.Index(
                fields=["person", "trait"],
                name="quality_standarditem_excluded",
                condition=models.Q(state="excluded"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.trait}: {self.shown_before} → {self.shown_after}"
