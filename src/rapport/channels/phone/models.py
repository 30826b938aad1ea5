"""Calls that a person makes: the task with its script, and every attempt with what came of it."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rapport.core.models import User
from rapport.people.models import Person


class CallTask(models.Model):
    """One call to make. `reference` is the delivery it came by, `purpose` the key of what it is for.

    waiting → claimed → waiting again | done; waiting → stopped: the person may not be called.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("To call")
        CLAIMED = "claimed", _("Being called")
        DONE = "done", _("Done")
        STOPPED = "stopped", _("Not to be called")

    class Outcome(models.TextChoices):
        REACHED = "reached", _("Reached")
        NO_ANSWER = "no_answer", _("No answer")
        VOICEMAIL = "voicemail", _("Left a message")
        LATER = "later", _("Asked to call later")
        WRONG_NUMBER = "wrong_number", _("Wrong number")
        DO_NOT_CALL = "do_not_call", _("Do not call again")

    id = models.BigAutoField(primary_key=True)
    reference = models.UUIDField(unique=True, default=uuid.uuid4)
    person = models.ForeignKey(Person, null=True, on_delete=models.CASCADE, related_name="call_tasks")
    number = models.CharField(max_length=64)
    purpose = models.CharField(max_length=64, blank=True, default="")
    title = models.CharField(max_length=200)
    script = models.TextField()
    tries = models.SmallIntegerField(default=3)
    again_minutes = models.IntegerField(default=240)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    outcome = models.CharField(max_length=16, choices=Outcome, blank=True, default="")
    why_stopped = models.CharField(max_length=32, blank=True, default="")
    claimed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    claimed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at", "id"], name="channels_call_due", condition=models.Q(state="waiting")
            ),
            models.Index(fields=["-created_at", "id"], name="channels_call_created"),
        ]

    def __str__(self) -> str:
        return self.title


class CallAttempt(models.Model):
    """One attempt: who called when, what came of it, and what they noted."""

    id = models.BigAutoField(primary_key=True)
    task = models.ForeignKey(CallTask, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField(default=timezone.now)
    caller = models.CharField(max_length=254)
    outcome = models.CharField(max_length=16, choices=CallTask.Outcome)
    notes = models.TextField(blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["task", "-at"], name="channels_attempt_task")]

    def __str__(self) -> str:
        return f"{self.outcome} of {self.task_id}"
