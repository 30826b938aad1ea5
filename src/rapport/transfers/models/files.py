"""Files of events: where they come from, each file taken, and the rows that could not be."""

from __future__ import annotations

from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from rapport.events.models import Source


class FileFeed(models.Model):
    """Files that are uploaded, put into a folder, or fetched from an address on a schedule.

    `group_by` is the column whose equal, adjacent rows make one event (the lines of an order).
    """

    class Place(models.TextChoices):
        UPLOAD = "upload", _("Upload")
        FOLDER = "folder", _("Folder on the server")
        URL = "url", _("Web address")

    source = models.OneToOneField(Source, on_delete=models.CASCADE, related_name="file_feed")
    place = models.CharField(max_length=8, choices=Place, default=Place.UPLOAD)
    address = models.CharField(max_length=1000, blank=True, default="")
    every_minutes = models.IntegerField(null=True, blank=True)
    daily_at = models.TimeField(null=True, blank=True)
    group_by = models.CharField(max_length=200, blank=True, default="")
    mapping = models.JSONField(default=dict, blank=True)
    sample = models.TextField(blank=True, default="")
    mapped_at = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=500, blank=True, default="")

    def __str__(self) -> str:
        return f"files {self.pk}"


class FileRun(models.Model):
    """One file of a feed, appended to the event log by its job. `position` rows are done."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Reading")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    feed = models.ForeignKey(FileFeed, on_delete=models.CASCADE, related_name="runs")
    name = models.CharField(max_length=254)
    file = models.CharField(max_length=300)
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    position = models.IntegerField(default=0)
    events = models.IntegerField(default=0)
    errors = models.IntegerField(default=0)
    job = models.ForeignKey("core.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feed", "digest"], name="transfers_file_once")]

    def __str__(self) -> str:
        return self.name


class FileRowError(models.Model):
    """A row that made no event, why, and what stood in it."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(FileRun, on_delete=models.CASCADE, related_name="row_errors")
    row = models.IntegerField()
    reason = models.TextField()
    cells = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"row {self.row}: {self.reason[:60]}"
