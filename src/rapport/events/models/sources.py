"""Where events come from."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Source(models.Model):
    """A website, app, server or till that sends events with its own write key.

    `allowed_origins` limits browsers (exact origins, or `*`); servers send no Origin and are not limited.
    """

    class Kind(models.TextChoices):
        WEBSITE = "website", _("Website")
        APP = "app", _("App")
        SERVER = "server", _("Server")
        STORE = "store", _("Shop or till")
        WEBHOOK = "webhook", _("Webhook")
        FILES = "files", _("Files")
        CONNECTOR = "connector", _("Connector")
        INTERNAL = "internal", _("Rapport")

    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.SERVER)
    write_key = models.CharField(max_length=64, unique=True)
    allowed_origins = ArrayField(models.CharField(max_length=254), default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    disabled_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name

    @property
    def is_public(self) -> bool:
        """Whether its key stands in a page or an app, where anybody finds it."""
        return self.kind in {self.Kind.WEBSITE, self.Kind.APP}
