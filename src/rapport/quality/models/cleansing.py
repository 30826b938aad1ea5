"""One repair over everybody: what it proposes, what was chosen, what it did, and how it is taken back."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rapport.people.models.persons import Person
from rapport.quality.models.runs import Run


class RepairRun(Run):
    """One run of one repair: it looks for what to change, waits for a choice, is applied, and can be taken back.

    `job` does what `state` says at the moment. A stopped run can be started again, or taken back.
    """

    class State(models.TextChoices):
        LOOKING = "looking", _("Searching")
        PREVIEW = "preview", _("Ready for review")
        APPLYING = "applying", _("Running")
        DONE = "done", _("Done")
        STOPPED = "stopped", _("Cancelled")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")
        DISCARDED = "discarded", _("Discarded")

    BUSY: ClassVar[tuple[str, ...]] = (State.LOOKING, State.APPLYING, State.UNDOING)

    repair = models.CharField(max_length=32)
    state = models.CharField(max_length=10, choices=State.choices, default=State.LOOKING)
    domains = models.JSONField(default=dict)
    after = models.UUIDField(null=True)
    message_id = models.UUIDField()
    made_by = models.CharField(max_length=254)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.repair} {self.pk}"

    @property
    def is_busy(self) -> bool:
        return self.state in self.BUSY


class RepairItem(models.Model):
    """One trait of one person in a run. `before` and `after` are the trait's whole values, the shown ones what differs.

    `linked`: the repair gave the person a new e-mail address to be known by, which goes when it is taken back.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("To change")
        EXCLUDED = "excluded", _("Excluded")
        APPLIED = "applied", _("Changed")
        SKIPPED = "skipped", _("Skipped")
        UNDONE = "undone", _("Undone")

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(RepairRun, on_delete=models.CASCADE, related_name="items")
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
            models.UniqueConstraint(fields=["run", "person", "trait"], name="quality_repairitem_unique")
        ]
        indexes = [
            models.Index(fields=["run", "state", "id"], name="quality_repairitem_next"),
            models.Index(
                fields=["person", "trait"],
                name="quality_repairitem_excluded",
                condition=models.Q(state="excluded"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.trait}: {self.shown_before} → {self.shown_after}"
