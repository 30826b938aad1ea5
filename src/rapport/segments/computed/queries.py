"""Reads of computed traits."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from rapport.core.access import Actor
from rapport.segments.computed.language import definition
from rapport.segments.language import tree
from rapport.segments.models import ComputedTrait, Segment, Stage


def computed_traits(actor: Actor) -> QuerySet[ComputedTrait]:
    """Computed traits in use."""
    if not actor.may("segments.view"):
        return ComputedTrait.objects.none()
    return ComputedTrait.objects.filter(archived_at=None)


def archived(actor: Actor) -> QuerySet[ComputedTrait]:
    """Those taken out of use, newest first."""
    if not actor.may("segments.view"):
        return ComputedTrait.objects.none()
    return ComputedTrait.objects.exclude(archived_at=None).order_by("-archived_at")


def trait_for(actor: Actor, id_or_key: uuid.UUID | str) -> ComputedTrait:
    """One by id (archived ones too) or by key. Raises Http404."""
    try:
        trait = (computed_traits(actor) | archived(actor)).filter(pk=uuid.UUID(str(id_or_key))).first()
    except ValueError:
        trait = computed_traits(actor).filter(key=str(id_or_key)).first()
    if trait is None:
        raise Http404("no such computed trait")
    return trait


def keys() -> list[str]:
    """The traits that are computed traits."""
    return list(ComputedTrait.objects.filter(archived_at=None).values_list("key", flat=True))


def kept_up() -> list[ComputedTrait]:
    """Those that live upkeep looks at: in use, or being taken off everybody. One query."""
    traits = list(ComputedTrait.objects.filter(removed_at=None).order_by("archived_at", "key"))
    live = [trait for trait in traits if trait.archived_at is None and not definition.check(trait.definition)]
    return live + [trait for trait in traits if trait.archived_at and not _is_taken(trait, traits)]


def _is_taken(gone: ComputedTrait, everything: list[ComputedTrait]) -> bool:
    return any(trait.key == gone.key and trait.archived_at is None for trait in everything)


def wanted(traits: list[ComputedTrait]) -> dict[str, dict[str, Any] | None]:
    """{key: definition, or None for what is to go}, as the compiler takes it."""
    return {trait.key: None if trait.archived_at else trait.definition for trait in reversed(traits)}


def used_by(key: str) -> list[tuple[str, str, str]]:
    """Who looks at a trait: ("segment" or "stage", key, name)."""
    segments = Segment.objects.filter(archived_at=None).order_by("name")
    users = [("segment", s.key, s.name) for s in segments if looks_at(s.definition, key)]
    return users + [("stage", s.key, s.name) for s in Stage.objects.all() if looks_at(s.rule, key)]


def looks_at(tree_: Any, key: str) -> bool:
    """Whether a definition in the segment language asks for the trait, or for a part of it."""
    names = [clause.get("trait") for _pointer, clause in tree.walk(tree_)]
    return any(isinstance(name, str) and (name == key or name.startswith(f"{key}.")) for name in names)
