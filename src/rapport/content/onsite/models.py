"""Messages that a website shows: what, to whom, where, when, and what became of it."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from rapport.experiments.models import Experiment
from rapport.people.models import Person


class OnSiteMessage(models.Model):
    """A banner, a dialog or the content of a page's own element. Shown from `live_at` until `stopped_at`.

    `slot` is the id or class of an element, or the bare name of one with `data-rapport-slot`. `form` is the key of
    a form inside. Of several with one `experiment` each visitor is drawn one. `segment` is the key of a segment,
    or nothing for every visitor; `pages` are patterns of paths, one a line. The counts at the end are of visitors
    who are nobody yet, or gave no consent to be recognised.
    """

    class Format(models.TextChoices):
        BANNER = "banner", _("Banner")
        MODAL = "modal", _("Dialog")
        SLOT = "slot", _("Element of the page")

    class Place(models.TextChoices):
        TOP = "top", _("Top")
        BOTTOM = "bottom", _("Bottom")

    class Trigger(models.TextChoices):
        OPEN = "open", _("As soon as the page is there")
        TIME = "time", _("After so many seconds on the page")
        SCROLL = "scroll", _("After so many percent of the page were scrolled")
        EXIT = "exit", _("When the pointer leaves the page")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=120)
    format = models.CharField(max_length=8, choices=Format, default=Format.BANNER)
    place = models.CharField(max_length=8, choices=Place, default=Place.BOTTOM)
    slot = models.CharField(max_length=120, blank=True, default="")
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True, default="")
    image = models.CharField(max_length=1000, blank=True, default="")
    url = models.CharField(max_length=1000, blank=True, default="")
    label = models.CharField(max_length=60, blank=True, default="")
    color = models.CharField(max_length=7, blank=True, default="")
    form = models.SlugField(max_length=64, blank=True, default="")
    trigger = models.CharField(max_length=8, choices=Trigger, default=Trigger.OPEN)
    trigger_at = models.PositiveSmallIntegerField(default=0)
    experiment = models.ForeignKey(
        Experiment, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    segment = models.CharField(max_length=120, blank=True, default="")
    pages = models.TextField(blank=True, default="")
    priority = models.SmallIntegerField(default=0)
    most_times = models.PositiveSmallIntegerField(default=3)
    pause_hours = models.PositiveSmallIntegerField(default=24)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    live_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)
    updated_at = models.DateTimeField()
    shown = models.PositiveIntegerField(default=0)
    clicked = models.PositiveIntegerField(default=0)
    dismissed = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.name

    @property
    def is_live(self) -> bool:
        return self.live_at is not None and self.stopped_at is None

    @property
    def fills_slot(self) -> bool:
        """Whether it stands in place of what an element with `data-rapport-slot` has."""
        return self.format == self.Format.SLOT and self.slot[:1] not in {"#", "."}


class OnSiteExposure(models.Model):
    """How often one person saw one message, and what they did with it."""

    id = models.BigAutoField(primary_key=True)
    message = models.ForeignKey(OnSiteMessage, on_delete=models.CASCADE, related_name="exposures")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="on_site_exposures")
    shown = models.PositiveIntegerField(default=0)
    shown_at = models.DateTimeField(null=True, blank=True)
    clicked_at = models.DateTimeField(null=True, blank=True)
    dismissed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "person"], name="content_exposure_unique")]
        indexes = [models.Index(fields=["person"], name="content_exposure_person")]

    def __str__(self) -> str:
        return f"{self.message_id} to {self.person_id}"
