"""Landing pages, and what each of their versions says."""

from __future__ import annotations

import uuid

from django.db import models

from rapport.experiments.models import Experiment


class LandingPage(models.Model):
    """A page under `/p/SLUG`, as it is edited; `live` is the version that visitors see, if any.

    `host` is the domain of its own that it belongs to, or nothing for all. Every save is a version.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    slug = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=120)
    host = models.CharField(max_length=253, blank=True, default="")
    language = models.CharField(max_length=16, blank=True, default="")
    definition = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=0)
    live = models.ForeignKey(
        "LandingVersion", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    live_at = models.DateTimeField(null=True, blank=True)
    experiment = models.ForeignKey(
        Experiment, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-updated_at", "id"], name="content_landing_recent")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_live(self) -> bool:
        return self.live_id is not None


class LandingVersion(models.Model):
    """A page as it was saved; never changed but for `views`, how often browsers opened it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    page = models.ForeignKey(LandingPage, on_delete=models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    language = models.CharField(max_length=16, blank=True, default="")
    definition = models.JSONField(default=dict)
    views = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["page", "version"], name="content_landing_version_unique")
        ]

    def __str__(self) -> str:
        return f"{self.page_id} v{self.version}"
