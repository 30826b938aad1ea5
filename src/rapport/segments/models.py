"""Segments: definitions and who is in them now."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from rapport.people.models import Person


class Segment(models.Model):
    """A named set of persons by definition; `definition` follows the published JSON schema."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    key = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True, default="")
    definition = models.JSONField()
    definition_version = models.IntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=254, blank=True, default="")
    updated_at = models.DateTimeField(default=timezone.now)
    computed_at = models.DateTimeField(null=True, blank=True)
    computed_version = models.IntegerField(default=0)
    size = models.IntegerField(default=0)
    archived_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person who is in a segment now, since when and because of which definition version."""

    id = models.BigAutoField(primary_key=True)
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="memberships")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    entered_at = models.DateTimeField()
    definition_version = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment", "person"], name="segments_membership_unique")
        ]
        indexes = [models.Index(fields=["segment", "-entered_at", "person"], name="segments_member_recent")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.segment_id}"
