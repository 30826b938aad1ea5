"""Incarnations of the installation's data, and what waits to be written into the journal outside of them."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class Incarnation(models.Model):
    """One life of the data. The first begins when Rapport first starts; another whenever a copy or an older state of
    the data is started. The newest counts: while nobody has decided about it, nothing is sent.

    `cluster` and `place` say where it was last at home: the PostgreSQL cluster and the data folder or the address of
    the database. `silent` is a copy that is meant to send nothing.
    """

    class Origin(models.TextChoices):
        FIRST = "first", _("First start")
        RESTORED = "restored", _("Restored from a backup")
        COPIED = "copied", _("A copy, started in another place")
        OLDER = "older", _("An older state of the data")
        REWOUND = "rewound", _("The database was restored")
        REPLACED = "replaced", _("Another copy took over")
        MAIL = "mail", _("Mail that these data do not know came back")

    id = models.BigAutoField(primary_key=True)
    token = models.UUIDField(default=uuid.uuid4, unique=True)
    origin = models.CharField(max_length=12, choices=Origin)
    detail = models.JSONField(default=dict)
    cluster = models.CharField(max_length=80, blank=True, default="")
    place = models.CharField(max_length=1024, blank=True, default="")
    began_at = models.DateTimeField()
    silent = models.BooleanField(default=False)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=254, blank=True, default="")
    decision = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"incarnation {self.pk}"

    @property
    def waits(self) -> bool:
        return self.decided_at is None


class JournalLine(models.Model):
    """A line for the journal, written in the transaction of what it tells of; a worker moves it into the file."""

    id = models.BigAutoField(primary_key=True)
    payload = models.BinaryField()

    def __str__(self) -> str:
        return f"journal line {self.pk}"
