"""What a segment was before, and who put whom on a list."""

from __future__ import annotations

from django.db import models

from rapport.segments.models.segments import Segment


class DefinitionVersion(models.Model):
    """A definition a segment has or had. Never changed: going back makes a new version."""

    id = models.BigAutoField(primary_key=True)
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="versions")
    version = models.IntegerField()
    definition = models.JSONField()
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=254, blank=True, default="")
    note = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "version"], name="segments_version_unique")]

    def __str__(self) -> str:
        return f"{self.segment_id} v{self.version}"


class ListEntry(models.Model):
    """Why somebody is on a list kept by hand: who put them there, when and how."""

    id = models.BigAutoField(primary_key=True)
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="entries")
    person_id = models.UUIDField()
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=254)
    how = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "person_id"], name="segments_entry_unique")]
        indexes = [models.Index(fields=["person_id"], name="segments_entry_person")]

    def __str__(self) -> str:
        return f"{self.person_id} on {self.segment_id}"
