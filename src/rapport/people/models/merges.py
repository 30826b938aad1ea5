"""The journal of merges."""

from __future__ import annotations

from django.db import models

from rapport.people.models.persons import Person


class Merge(models.Model):
    """One line of the merge journal: `absorbed` became part of `survivor`, and what it was before.

    `snapshot` holds what an undo needs: the absorbed person's traits, trait facts, identifiers and times,
    and the survivor's traits before the merge. `evidence` says which event and identifier joined them.
    """

    id = models.BigAutoField(primary_key=True)
    survivor = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="merges_won")
    absorbed = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="merges_lost")
    merged_at = models.DateTimeField()
    rule = models.CharField(max_length=64)
    evidence = models.JSONField(default=dict)
    snapshot = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.CharField(max_length=254, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.absorbed_id} → {self.survivor_id}"
