"""Data quality: its measurements, what each day came to, and whom the newest one found wanting."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from rapport.people.models import Person
from rapport.quality.models.runs import Run


class QualityPolicy(models.Model):
    """What the business counts: which traits everybody should have, and how much each dimension weighs."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    traits = ArrayField(models.CharField(max_length=100), default=list)
    weights = models.JSONField(default=dict)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="quality_qualitypolicy_one_row")]

    def __str__(self) -> str:
        return ", ".join(self.traits)


class QualityRun(Run):
    """One measurement of everybody, and what it counted so far; `job` carries it out.

    `tally` is {measure: [good, total]}, `detail` {measure: {state: how many}}, `findings_kept` {measure: how many}.
    """

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    requested_by = models.CharField(max_length=254)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    after = models.UUIDField(null=True)
    domains = models.JSONField(default=dict)
    tally = models.JSONField(default=dict)
    detail = models.JSONField(default=dict)
    findings_kept = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="running"), name="quality_one_quality_run"
            )
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d} {self.state}"


class QualitySnapshot(models.Model):
    """What one measure came to on one day, in the workspace's zone; a later measurement of the day replaces it."""

    id = models.BigAutoField(primary_key=True)
    day = models.DateField()
    measure = models.CharField(max_length=160)
    dimension = models.CharField(max_length=16)
    good = models.PositiveIntegerField()
    total = models.PositiveIntegerField()
    detail = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "measure"], name="quality_qualitysnapshot_unique")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.measure}: {self.good}/{self.total}"

    @property
    def share(self) -> float:
        return self.good / self.total if self.total else 1.0

    @property
    def bad(self) -> int:
        return self.total - self.good


class QualityFinding(models.Model):
    """Somebody whom a measure found wanting, with the value and what would be better. Of the newest run only."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(QualityRun, on_delete=models.CASCADE, related_name="findings")
    measure = models.CharField(max_length=160)
    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    trait = models.CharField(max_length=100, blank=True)
    value = models.CharField(max_length=300, blank=True)
    proposal = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["run", "measure", "id"], name="quality_finding_by_measure")]

    def __str__(self) -> str:
        return f"{self.measure}: {self.value}"
