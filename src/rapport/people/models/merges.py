"""The journal of merges, what each person brought into them, and who must never become one."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from rapport.people.models.persons import Person


class Merge(models.Model):
    """One line of the merge journal: `absorbed` became part of `survivor`.

    `survivor_node` and `absorbed_node` are the persons whose identifiers the evidence is about: when a merge is
    undone, everybody goes with whom the remaining merges join them to. `evidence` says which event and identifiers
    joined them; `snapshot` holds the absorbed person's identifiers, and what other apps need to give back.
    """

    id = models.BigAutoField(primary_key=True)
    survivor = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="merges_won")
    absorbed = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="merges_lost")
    survivor_node = models.UUIDField(null=True)
    absorbed_node = models.UUIDField(null=True)
    merged_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    rule = models.CharField(max_length=64)
    evidence = models.JSONField(default=dict)
    snapshot = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.CharField(max_length=254, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["recorded_at"], name="people_merge_recorded")]

    def __str__(self) -> str:
        return f"{self.absorbed_id} → {self.survivor_id}"


class UnmergedProfile(models.Model):
    """What one person of a merged family would be unmerged, kept up to date as if there had been no merge.

    A family's profile is all its unmerged profiles laid over one another; an undo lays those of each side anew.
    Persons who were never merged have none. `pinned`: somebody chose this person's id, so no rule takes another.
    """

    person = models.OneToOneField(
        Person, on_delete=models.CASCADE, primary_key=True, related_name="unmerged_profile"
    )
    traits = models.JSONField(default=dict)
    trait_facts = models.JSONField(default=dict)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    pinned = models.BooleanField(default=False, db_default=False)

    def __str__(self) -> str:
        return f"unmerged {self.person_id}"


class NotSame(models.Model):
    """Two persons that must never become one, whatever they share; nor may others join them by being between.

    Both stay the persons they were when it was decided, also when they are merged into others later.
    """

    id = models.BigAutoField(primary_key=True)
    first = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=500, blank=True, default="")
    decided_at = models.DateTimeField()
    decided_by = models.CharField(max_length=254, blank=True, default="")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=254, blank=True, default="")

    class Meta:
        verbose_name_plural = "not same"

    def __str__(self) -> str:
        return f"{self.first_id} is not {self.other_id}"
