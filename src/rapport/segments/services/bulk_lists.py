"""Putting people who were chosen in the list of people on a list kept by hand."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core.access import Actor, system
from rapport.people.registry import BulkKind
from rapport.segments.models import Segment
from rapport.segments.services import lists


def choices(actor: Actor) -> list[tuple[str, str]]:
    """(key, name) of the lists there are."""
    if not actor.may("segments.edit"):
        return []
    found = Segment.objects.filter(kind=Segment.Kind.LIST, archived_at=None).order_by("name")
    return list(found.values_list("key", "name"))


def settle(actor: Actor, key: str, new: str) -> dict[str, Any]:
    """The list that is meant; a new one where only a name is given. Raises ValidationError."""
    if new.strip():
        found: Segment | None = lists.create_list(actor=actor, name=new.strip())
    else:
        found = Segment.objects.filter(key=key, kind=Segment.Kind.LIST, archived_at=None).first()
    if found is None:
        raise ValidationError(_("Choose one of the lists."))
    return {"key": found.key, "label": found.name, "url": reverse("segments:segment", args=[found.key])}


def do(what: dict[str, Any], person_ids: list[uuid.UUID], made_by: str) -> set[uuid.UUID]:
    """Puts them on the list; returns who was not on it before."""
    segment = _list(what)
    if segment is None:
        return set()
    before = set(segment.memberships.filter(person_id__in=person_ids).values_list("person_id", flat=True))
    how = _("Chosen in the list of people")
    lists.add_people(actor=system(made_by), segment=segment, person_ids=person_ids, how=how)
    return set(person_ids) - before


def undo(what: dict[str, Any], person_ids: list[uuid.UUID], made_by: str) -> None:
    segment = _list(what)
    if segment is not None:
        lists.remove_people(actor=system(made_by), segment=segment, person_ids=person_ids)


def _list(what: dict[str, Any]) -> Segment | None:
    return Segment.objects.filter(key=what["key"], kind=Segment.Kind.LIST).first()


KIND = BulkKind(
    "list",
    gettext_lazy("Add to list"),
    gettext_lazy("Add to a list"),
    gettext_lazy("List"),
    gettext_lazy("Or a new list, called"),
    "list",
    "segments.edit",
    choices,
    settle,
    do,
    undo,
)
