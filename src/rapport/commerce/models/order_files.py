"""Files of orders: what was uploaded, its rows on their way, and what files told of each order last."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class OrderFile(models.Model):
    """One file, taken by its job: first all rows are staged, so that rows of one order may stand anywhere.

    `mapping` is {"columns": {column: field}, "dates", "numbers"}; `headers_key` finds it again for the next file with
    these columns. `position` rows are staged; orders up to `reached` are told.
    """

    class State(models.TextChoices):
        MAPPING = "mapping", _("Needs a decision")
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Reading")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        REVERTED = "reverted", _("Taken back")

    name = models.CharField(max_length=254)
    file = models.CharField(max_length=300)
    digest = models.CharField(max_length=64)
    store = models.CharField(max_length=64, blank=True, default="")
    currency = models.CharField(max_length=3)
    headers = models.JSONField(default=list)
    headers_key = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State, default=State.MAPPING)
    position = models.IntegerField(default=0)
    reached = models.CharField(max_length=300, blank=True, default="")
    added = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    errors = models.IntegerField(default=0)
    trouble = models.CharField(max_length=500, blank=True, default="")
    job = models.ForeignKey("core.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_by = models.CharField(max_length=254)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["headers_key", "-created_at"], name="commerce_orderfile_headers")]

    def __str__(self) -> str:
        return self.name


class OrderFileRow(models.Model):
    """A row until its order is told. `key` is the order's number; `content` is empty where it cannot be read."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(OrderFile, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.IntegerField()
    key = models.CharField(max_length=300)
    content = models.TextField(blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["run", "key", "number"], name="commerce_orderfile_row_key")]

    def __str__(self) -> str:
        return f"row {self.number}"


class OrderFileError(models.Model):
    """A row that was not taken, and why. What stands in it is read from the file again."""

    run = models.ForeignKey(OrderFile, on_delete=models.CASCADE, related_name="row_errors")
    row = models.IntegerField()
    reason = models.CharField(max_length=500)

    def __str__(self) -> str:
        return f"row {self.row}: {self.reason}"


class ToldOrder(models.Model):
    """What files said of an order last, as a hash, and by which events: the same again is nothing new."""

    id = models.UUIDField(primary_key=True)
    run = models.ForeignKey(OrderFile, on_delete=models.CASCADE, related_name="told")
    digest = models.BinaryField(max_length=16)
    messages = ArrayField(models.CharField(max_length=100))
    store = models.CharField(max_length=64)
    names = ArrayField(models.CharField(max_length=300))

    def __str__(self) -> str:
        return str(self.pk)
