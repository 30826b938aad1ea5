"""The facts that orders, carts and subscriptions are folded from, and which of these are to be folded again."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class CommerceFact(models.Model):
    """What one event says of one subject (`about` an order, a cart or a subscription), as JSON without personal data.

    There is one for each event, by its `key`; an event that is read again
    takes the place of its fact. `home` is the person it came of, as they were then.
    """

    key = models.UUIDField(primary_key=True)
    subject = models.UUIDField()
    about = models.CharField(max_length=12)
    at = models.DateTimeField()
    event = models.CharField(max_length=200)
    message_id = models.CharField(max_length=100)
    source = models.CharField(max_length=120)
    # Anybody may have sent it: the source's key stands in a page.
    is_public = models.BooleanField()
    # The event named a customer, not only a device.
    is_known = models.BooleanField()
    home = models.UUIDField(null=True)
    store = models.CharField(max_length=64)
    external_id = models.CharField(max_length=254)
    content = models.TextField()

    class Meta:
        indexes = [
            models.Index(fields=["subject"], name="commerce_fact_subject"),
            models.Index(fields=["home"], name="commerce_fact_home", condition=models.Q(home__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.message_id}"


class StaleSubjects(models.Model):
    """Subjects to be folded again, a row for each batch that brought facts. Rows are only added and removed."""

    id = models.BigAutoField(primary_key=True)
    subjects = ArrayField(models.UUIDField())
    since = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "stale subjects"

    def __str__(self) -> str:
        return f"{len(self.subjects)} subjects"


class OrderSettings(models.Model):
    """The business's rules: one row. `stores` is {source name: store} where a source is another shop than the rest."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    tells_abandoned = models.BooleanField(default=True)
    cart_minutes = models.PositiveIntegerField(default=60)
    checkout_minutes = models.PositiveIntegerField(default=30)
    stores = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name_plural = "order settings"
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="commerce_order_settings_one_row")
        ]

    def __str__(self) -> str:
        return "order settings"
