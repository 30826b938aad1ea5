"""Segments and who is in them now."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rapport.people.models import Person
from rapport.segments.models.computation import Computation


class Segment(Computation):
    """A named set of persons by definition; `definition` follows the published JSON schema.

    A `list` has no rule: its members are put in by hand. `moves_with_time`: time alone may let somebody in or out.
    """

    class Kind(models.TextChoices):
        RULES = "rules", _("By rules")
        LIST = "list", _("By hand")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    key = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True, default="")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.RULES)
    folder = models.CharField(max_length=80, blank=True, default="")
    definition = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=254, blank=True, default="")
    updated_at = models.DateTimeField(default=timezone.now)
    size = models.IntegerField(default=0)
    # When the present definition was first asked for and computed: what moved meanwhile is its beginning, not growth.
    first_requested_at = models.DateTimeField(null=True, blank=True)
    first_computed_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    moves_with_time = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> str:
        """`archived`, `failed` (and being retried), `computing` or `ready`."""
        return "archived" if self.archived_at else self.progress


class Membership(models.Model):
    """A person who is in a segment now, since when and because of which definition version.

    Without constraints towards the two: rows are only inserted by statements that join both tables, neither persons
    nor segments are ever removed by bare SQL, and checking (by locking both rows) took half the time of an insert.
    """

    id = models.BigAutoField(primary_key=True)
    segment = models.ForeignKey(
        Segment, on_delete=models.CASCADE, related_name="memberships", db_constraint=False, db_index=False
    )
    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="memberships", db_constraint=False
    )
    entered_at = models.DateTimeField()
    definition_version = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment", "person"], name="segments_membership_unique")
        ]
        indexes = [models.Index(fields=["segment", "-entered_at", "id"], name="segments_member_recent")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.segment_id}"


class LiveDecision(models.Model):
    """A person whom live upkeep decided upon while the whole segment was being computed.

    The computation leaves them alone: what it read of them may be older.
    """

    id = models.BigAutoField(primary_key=True)
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE)
    person_id = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "person_id"], name="segments_live_unique")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.segment_id}"
