"""Feeds of products: where they come from, each file taken, and the rows that could not be."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from rapport.commerce.models.catalogue import Catalogue


class ProductFeed(models.Model):
    """A file of products that is uploaded, or fetched from an address on a schedule.

    A `full` feed holds all that is sold: what is missing in it is dealt with by `missing`. If more than `most_missing`
    percent are, nothing is done before somebody agrees. `mapping` is {column: field}; `address` is encrypted, because
    it may hold a password or a token.
    """

    class Missing(models.TextChoices):
        GONE = "gone", _("are gone")
        SOLD_OUT = "sold_out", _("are sold out")
        KEEP = "keep", _("stay as they are")

    catalogue = models.ForeignKey(Catalogue, on_delete=models.CASCADE, related_name="feeds")
    name = models.CharField(max_length=120)
    address = models.TextField(blank=True, default="")
    every_minutes = models.IntegerField(null=True, blank=True)
    full = models.BooleanField(default=True)
    missing = models.CharField(max_length=8, choices=Missing, default=Missing.GONE)
    most_missing = models.IntegerField(default=20)
    mapping = models.JSONField(default=dict, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name


class FeedRun(models.Model):
    """One file of a feed, taken by its job. `position` rows are done; `number` counts the runs of a feed."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Reading")
        ASKING = "asking", _("Needs a decision")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        REVERTED = "reverted", _("Taken back")

    feed = models.ForeignKey(ProductFeed, on_delete=models.CASCADE, related_name="runs")
    number = models.IntegerField()
    name = models.CharField(max_length=254)
    file = models.CharField(max_length=300)
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    position = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    added = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    errors = models.IntegerField(default=0)
    missing = models.IntegerField(default=0)
    trouble = models.CharField(max_length=500, blank=True, default="")
    job = models.ForeignKey("core.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feed", "number"], name="commerce_feed_run_number")]

    def __str__(self) -> str:
        return self.name


class FeedBlock(models.Model):
    """What some rows of a file changed, so that it can be taken back.

    `products` and `variants` are {id: {column: [before, after]}}, `prices` and `stock` the ids of versions that began,
    `forgotten` the variants that the feed says nothing of any more.
    """

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(FeedRun, on_delete=models.CASCADE, related_name="blocks")
    at = models.DateTimeField()
    products = models.JSONField(default=dict)
    variants = models.JSONField(default=dict)
    added_products = ArrayField(models.BigIntegerField(), default=list)
    added_variants = ArrayField(models.BigIntegerField(), default=list)
    prices = ArrayField(models.BigIntegerField(), default=list)
    stock = ArrayField(models.BigIntegerField(), default=list)
    forgotten = ArrayField(models.CharField(max_length=200), default=list)

    def __str__(self) -> str:
        return f"{self.run_id} {self.at}"


class FeedItem(models.Model):
    """What a feed said last of a variant, as a hash, so that a row that says it again costs next to nothing."""

    id = models.BigAutoField(primary_key=True)
    feed = models.ForeignKey(ProductFeed, on_delete=models.CASCADE, related_name="+", db_index=False)
    external_id = models.CharField(max_length=200)
    hash = models.BinaryField(max_length=16)
    run = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["feed", "external_id"], name="commerce_feed_item_once")
        ]

    def __str__(self) -> str:
        return self.external_id


class FeedRowError(models.Model):
    """A row that was not taken, or not as a whole: which, why, and what to do."""

    run = models.ForeignKey(FeedRun, on_delete=models.CASCADE, related_name="row_errors")
    row = models.IntegerField()
    reason = models.CharField(max_length=500)
    cells = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"row {self.row}: {self.reason}"
