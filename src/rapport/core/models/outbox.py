"""The transactional outbox, and stored answers of idempotent requests."""

from django.db import models
from django.db.models.functions import Now


class OutboxEvent(models.Model):
    """Events that a service emits in the transaction of the change they tell of: JSON, one a line.

    The relay of `events` moves these rows, in order, into the event log.
    """

    id = models.BigAutoField(primary_key=True)
    created_at = models.DateTimeField(db_default=Now())
    payload = models.BinaryField()

    def __str__(self) -> str:
        return f"outbox {self.pk}"


class IdempotentRequest(models.Model):
    """The answer given to a write that carried an `Idempotency-Key`, replayed when it is sent again."""

    actor = models.CharField(max_length=80)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.SmallIntegerField(null=True)
    body = models.BinaryField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "key"], name="core_idempotent_unique")]

    def __str__(self) -> str:
        return f"{self.actor} {self.key}"
