"""What searches, repairs and measurements have in common."""

from __future__ import annotations

from django.db import models

from rapport.core.models import Job


class Run(models.Model):
    """One run of something over many records; `job` carries it out."""

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        abstract = True

    @property
    def done(self) -> int:
        """How much its present job has dealt with."""
        return self.job.done if self.job else 0

    @property
    def total(self) -> int:
        return self.job.total if self.job else 0
