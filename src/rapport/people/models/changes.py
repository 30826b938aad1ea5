"""What the projector is to look at again."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class ChangeSet(models.Model):
    """People whose copy in ClickHouse and whose live segments are to be looked at again, and what of them changed.

    `kinds` gives for each of `people` the place in `signatures` (from 1) of what changed: a JSON list, see
    `services.changes`. The sets of a `division` are about persons of its own; one projector at a time deals with them.
    `after_block` is the spool block that must have reached ClickHouse before it makes sense to look.
    Rows are only added and, when dealt with, removed: writers never wait for one another.
    """

    id = models.BigAutoField(primary_key=True)
    division = models.SmallIntegerField(default=0, db_default=0)
    people = ArrayField(models.UUIDField())
    kinds = ArrayField(models.IntegerField())
    signatures = ArrayField(models.TextField())
    after_block = models.BigIntegerField(default=0, db_default=0)
    since = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["division", "id"], name="people_changeset_division")]

    def __str__(self) -> str:
        return f"{len(self.people)} people"
