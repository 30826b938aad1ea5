"""What is counted on the flow: written with each move, summed up now and then, so that no page counts all runs."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from rapport.journeys.models.journeys import Journey, JourneyVersion


class StepStanding(models.Model):
    """How many more (or less) stand at a step since the last summing up; the sum of a step's rows stand there."""

    id = models.BigAutoField(primary_key=True)
    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="+", db_index=False)
    version = models.ForeignKey(JourneyVersion, on_delete=models.CASCADE, related_name="+", db_index=False)
    step = models.CharField(max_length=40)
    change = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["journey", "version", "step"], name="journeys_standing_sum")]

    def __str__(self) -> str:
        return f"{self.step} {self.change:+d}"


class StepTally(models.Model):
    """What happened at a step on a day (UTC): how many passed by a `branch` (`outcome` is empty), or ended there.

    `bucket` groups those who passed by the time that they spent there, which `seconds` sums up. Of `outcome`, "entered"
    counts who came in (at no step), "reached" who passed the step and got to the goal later.
    """

    id = models.BigAutoField(primary_key=True)
    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    outcome = models.CharField(max_length=9, blank=True, default="")
    step = models.CharField(max_length=40, blank=True, default="")
    branch = models.CharField(max_length=40, blank=True, default="")
    bucket = models.SmallIntegerField(default=0)
    count = models.IntegerField()
    seconds = models.BigIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["journey", "day", "outcome"], name="journeys_tally_day"),
            models.Index(fields=["journey", "outcome"], condition=~Q(outcome=""), name="journeys_tally_ends"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.step} {self.outcome or self.branch}: {self.count}"
