"""Forms that stand on websites and pages of their own, their frozen versions, and what was entered."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from rapport.people.models import Person


class WebForm(models.Model):
    """A form as it is now; `definition` is a `definitions.Definition`. It takes answers while `live_at` is set.

    `views` counts how often its page was opened, by whoever that was.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    key = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=120)
    language = models.CharField(max_length=16, blank=True, default="")
    definition = models.JSONField(default=dict)
    translations = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=0)
    views = models.PositiveBigIntegerField(default=0)
    live_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    @property
    def is_live(self) -> bool:
        return self.live_at is not None


class WebFormVersion(models.Model):
    """A form as it was shown: what a consent given with it refers to. Never changed."""

    id = models.BigAutoField(primary_key=True)
    form = models.ForeignKey(WebForm, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    language = models.CharField(max_length=16, blank=True, default="")
    definition = models.JSONField(default=dict)
    translations = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["form", "version"], name="content_form_version_unique")
        ]

    def __str__(self) -> str:
        return f"{self.form_id} v{self.version}"


class FormSubmission(models.Model):
    """What somebody entered. Its events are logged in the transaction that writes it, unless it is judged spam.

    The id is made of what was sent, so that what is sent twice is one. `person` is filled in when the stream has met
    them. Uploaded files are described in `values` and lie in the storage. `landing` is the version of the landing page
    it was sent from, `unit` by what its test had drawn it.
    """

    class State(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        SPAM = "spam", _("Spam")

    id = models.UUIDField(primary_key=True)
    form = models.ForeignKey(WebForm, on_delete=models.PROTECT, related_name="submissions")
    version = models.PositiveIntegerField()
    at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State)
    reasons = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="form_submissions", null=True, blank=True
    )
    anonymous_id = models.CharField(max_length=200)
    email = models.CharField(max_length=254, blank=True, default="")
    values = models.JSONField(default=dict)
    consents = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    language = models.CharField(max_length=16, blank=True, default="")
    page = models.CharField(max_length=1000, blank=True, default="")
    campaign = models.JSONField(default=dict, blank=True)
    landing = models.ForeignKey(
        "content.LandingVersion",
        on_delete=models.SET_NULL,
        related_name="submissions",
        null=True,
        blank=True,
        db_index=False,
    )
    unit = models.CharField(max_length=254, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["form", "-at"], name="content_submission_form"),
            models.Index(fields=["person"], name="content_submission_person"),
            models.Index(
                fields=["landing", "state"],
                name="content_submission_landing",
                condition=models.Q(landing__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.form_id} {self.at:%Y-%m-%d}"
