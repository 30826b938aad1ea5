"""What can be chosen in forms of steps and of playbooks; higher apps add what is theirs."""

from __future__ import annotations

from django.utils.translation import gettext as _

from rapport.content.web.models import WebForm
from rapport.core.access import Actor
from rapport.core.models import User
from rapport.experiments.models import Experiment
from rapport.governance.models import Purpose
from rapport.journeys.models import Journey
from rapport.journeys.registry import PICKERS, Picker
from rapport.segments.models import Segment
from rapport.segments.queries.segments import segments

OWNER = "owner"
Choices = list[tuple[str, str]]


def _purposes(_actor: Actor) -> Choices:
    rows = Purpose.objects.filter(archived_at=None).order_by("position", "key")
    return list(rows.values_list("key", "name"))


def _segments(actor: Actor) -> Choices:
    return list(segments(actor).order_by("name", "key").values_list("key", "name"))


def _lists(actor: Actor) -> Choices:
    rows = segments(actor).filter(kind=Segment.Kind.LIST)
    return list(rows.order_by("name", "key").values_list("key", "name"))


def _users(_actor: Actor) -> Choices:
    rows = User.objects.filter(is_active=True).order_by("email")
    named = [(email, name or email) for email, name in rows.values_list("email", "name")]
    return [(OWNER, _("Whoever looks after them")), *named]


def _experiments(_actor: Actor) -> Choices:
    rows = Experiment.objects.exclude(state=Experiment.State.DRAFT).order_by("name", "key")
    return list(rows.values_list("key", "name"))


def _forms(_actor: Actor) -> Choices:
    return list(WebForm.objects.order_by("name", "key").values_list("key", "name"))


def _journeys(actor: Actor) -> Choices:
    rows = (
        Journey.objects.filter(archived_at=None, live__isnull=False)
        if actor.may("journeys.view")
        else Journey.objects.none()
    )
    return [(str(pk), name) for pk, name in rows.order_by("name", "pk").values_list("pk", "name")]


def choices_of(name: str, actor: Actor) -> Choices:
    """Empty where nobody knows what could be chosen."""
    picker = PICKERS.get(name)
    return picker.choices(actor) if picker else []


def register() -> None:
    own = {
        "purpose": _purposes, "segment": _segments, "list": _lists, "user": _users, "experiment": _experiments,
        "form": _forms, "journey": _journeys,
    }  # fmt: skip
    for name, choices in own.items():
        PICKERS.register(Picker(name, choices))
