"""When time alone will change what somebody is in."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Recheck(models.Model):
    """The next instant at which some segment may have another answer about a person, though nothing happens."""

    person_id = models.UUIDField(primary_key=True)
    due_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "segments_recheck"

    def __str__(self) -> str:
        return f"{self.person_id} at {self.due_at:%Y-%m-%d %H:%M}"


class UnplannedRecheck(models.Model):
    """People whose next instant is to be worked out anew, as far as these segments go, or all (none named).

    Rows are only added and removed: nobody waits.
    """

    id = models.BigAutoField(primary_key=True)
    people = ArrayField(models.UUIDField())
    segments = ArrayField(models.UUIDField(), default=list)

    def __str__(self) -> str:
        return f"{len(self.people)} people"
