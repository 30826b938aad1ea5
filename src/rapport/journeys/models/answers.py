"""What steps ask of others: answers that are still to be taken in, tasks of people, and what a choice has brought."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from rapport.core.models import User
from rapport.journeys.models.enrolments import Enrolment
from rapport.journeys.models.journeys import Journey
from rapport.people.models import Person


class StepAnswer(models.Model):
    """Somebody answered a step: its run goes on by `branch`. Deleted when the loop has acted on it.

    `moves` is how many steps the run had taken when it asked: an answer to what is over changes nothing.
    """

    id = models.BigAutoField(primary_key=True)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="answers")
    moves = models.IntegerField()
    branch = models.CharField(max_length=40)
    answer = models.JSONField(null=True, blank=True)
    because = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.branch}"


class JourneyTask(models.Model):
    """Something a journey wants of a member of staff: to know, to do, or to say yes or no (`kind`).

    `assignee` None: of everybody who may put people on journeys. `enrolment` and `moves` say whose step waits for it.
    """

    class Kind(models.TextChoices):
        NOTICE = "notice", _("Notice")
        TASK = "task", _("Task")
        APPROVAL = "approval", _("Approval")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Done")
        APPROVED = "approved", _("Approved")
        DENIED = "denied", _("Denied")
        OVER = "over", _("No longer needed")

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=8, choices=Kind)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    title = models.CharField(max_length=200)
    text = models.CharField(max_length=2000, blank=True, default="")
    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="tasks")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    assignee = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    enrolment = models.ForeignKey(
        Enrolment, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    moves = models.IntegerField(default=0)
    note = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=254, blank=True, default="")
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "moves", "assignee"],
                nulls_distinct=False,
                name="journeys_task_once",
                condition=Q(enrolment__isnull=False),
            )
        ]
        indexes = [
            models.Index(fields=["-created_at", "id"], name="journeys_task_recent"),
            models.Index(fields=["assignee"], condition=Q(state="open"), name="journeys_task_open"),
            models.Index(fields=["created_at"], condition=Q(mailed_at=None), name="journeys_task_mail"),
        ]

    def __str__(self) -> str:
        return self.title


class ChoiceArm(models.Model):
    """How one option of a step that decides has fared: how often it was chosen, and how often the goal followed."""

    id = models.BigAutoField(primary_key=True)
    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="arms")
    step = models.CharField(max_length=40)
    option = models.CharField(max_length=40)
    chosen = models.IntegerField(default=0)
    won = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["journey", "step", "option"], name="journeys_arm_once")
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.option}"
