"""The doors by which higher apps extend persons: live projections, and what moves along in a merge."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from django.utils.functional import Promise

if TYPE_CHECKING:
    from rapport.core.access import Actor
    from rapport.people.models import Person

Projection = Callable[[list[uuid.UUID], dt.datetime], None]

_projections: dict[str, tuple[int, Projection]] = {}


def register_projection(name: str, project: Projection, *, order: int = 100) -> None:
    """`project(person_ids, now)` is called after ClickHouse shows the latest of these persons. Must be repeatable.

    Smaller `order` first: what makes traits (computed ones: 10) runs before what looks at them (segments: 100).
    """
    _projections[name] = (order, project)


def projections() -> list[Projection]:
    return [project for _order, project in sorted(_projections.values(), key=lambda found: found[0])]


_echoes: list[Callable[[], frozenset[str]]] = []


def register_echoes(names: Callable[[], frozenset[str]]) -> None:
    """`names()` gives the events of ours by which nobody's standing changes just now.

    A projection that tells what it found out (who entered a segment) need not be asked again because of its own words.
    """
    _echoes.append(names)


def echoes() -> frozenset[str]:
    return frozenset().union(*(names() for names in _echoes))


Pair = tuple[uuid.UUID, uuid.UUID]


@dataclass(frozen=True, slots=True)
class Mergeable:
    """What an app holds of a person and how it moves when two persons become one.

    `merge(pairs)` moves it for each (survivor, absorbed), in order, set-based, and returns {absorbed: JSON-ready
    snapshot} where an undo needs one; `unmerge(pair, snapshot or None)` gives it back. Both run in the merge's
    transaction, after the persons themselves have been joined or parted.
    """

    name: str
    merge: Callable[[list[Pair]], dict[uuid.UUID, Any]]
    unmerge: Callable[[Pair, Any], None]


_mergeables: dict[str, Mergeable] = {}


def register_mergeable(mergeable: Mergeable) -> None:
    _mergeables[mergeable.name] = mergeable


def mergeables() -> list[Mergeable]:
    return list(_mergeables.values())


_row_columns: dict[str, Callable[[list[uuid.UUID]], dict[uuid.UUID, Any]]] = {}


def register_row_column(column: str, read: Callable[[list[uuid.UUID]], dict[uuid.UUID, Any]]) -> None:
    """Fills one column of the `people` rows in ClickHouse: `read(person_ids)` returns {person id: value}."""
    _row_columns[column] = read


def row_columns() -> dict[str, Callable[[list[uuid.UUID]], dict[uuid.UUID, Any]]]:
    return dict(_row_columns)


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the profile page, loaded from `url_name` (reversed with the person's id) when it is seen.

    The view answers with a fragment. `place`: "facts" (left), "main" (the middle) or "side" (right).
    """

    name: str
    label: str | Promise
    order: int
    permission: str
    url_name: str
    place: Literal["facts", "main", "side"] = "side"


_panels: dict[str, Panel] = {}


@dataclass(frozen=True, slots=True)
class Figure:
    """A count that helps to tell two persons apart: `read(person_ids)` returns {person id: number}.

    The ids are single persons, also such as were merged into others; each is counted by himself.
    """

    name: str
    label: str | Promise
    read: Callable[[list[uuid.UUID]], dict[uuid.UUID, int]]


_figures: dict[str, Figure] = {}


def register_figure(figure: Figure) -> None:
    _figures[figure.name] = figure


def figures() -> list[Figure]:
    return list(_figures.values())


def register_panel(panel: Panel) -> None:
    _panels[panel.name] = panel


def panels() -> list[Panel]:
    return sorted(_panels.values(), key=lambda panel: panel.order)


@dataclass(frozen=True, slots=True)
class PeopleColumn:
    """A column of the people list that a higher app fills: `read(person_ids)` returns {person id: labels}."""

    name: str
    label: str | Promise
    order: int
    permission: str
    read: Callable[[list[uuid.UUID]], dict[uuid.UUID, list[str]]]


_people_columns: dict[str, PeopleColumn] = {}


def register_people_column(column: PeopleColumn) -> None:
    _people_columns[column.name] = column


def people_columns() -> list[PeopleColumn]:
    return sorted(_people_columns.values(), key=lambda column: column.order)


Badge = tuple[str, str]
_profile_badges: dict[str, tuple[str, Callable[[Person], Badge | None]]] = {}


def register_profile_badge(name: str, read: Callable[[Person], Badge | None], *, permission: str) -> None:
    """A badge in the head of the profile: `read(person)` returns (text, tone), or nothing to show."""
    _profile_badges[name] = (permission, read)


def profile_badges(actor: Actor, person: Person) -> list[Badge]:
    """(text, tone) of those the actor may see."""
    found = (read(person) for permission, read in _profile_badges.values() if actor.may(permission))
    return [badge for badge in found if badge is not None]


_people_filters: dict[str, tuple[str, Any]] = {}


def register_people_filter(found: Any, *, permission: str) -> None:
    """Adds a `core.ui.lists.Filter` to the people list, for those who have the permission."""
    _people_filters[found.name] = (permission, found)


def people_filters() -> list[tuple[str, Any]]:
    """(permission, filter)."""
    return list(_people_filters.values())


@dataclass(frozen=True, slots=True)
class BulkKind:
    """Something that a higher app does to many people chosen in the list, which can be taken back.

    `choices(actor)` are (key, label) of what is acted on, such as lists; `settle(actor, key, new)` checks the
    choice, makes a new one of that name where `new` is given, and returns what `do` and `undo` get as `what`
    ({"key", "label", "url"} at least), raising ValidationError. `do(what, person_ids, made_by)` returns whom it
    changed; `undo(what, person_ids, made_by)` gets only those.
    """

    name: str
    label: str | Promise
    heading: str | Promise
    asked: str | Promise
    asked_new: str | Promise
    icon: str
    permission: str
    choices: Callable[[Actor], list[tuple[str, str]]]
    settle: Callable[[Actor, str, str], dict[str, Any]]
    do: Callable[[dict[str, Any], list[uuid.UUID], str], set[uuid.UUID]]
    undo: Callable[[dict[str, Any], list[uuid.UUID], str], None]


_bulk_kinds: dict[str, BulkKind] = {}


def register_bulk_kind(kind: BulkKind) -> None:
    """`name` has at most ten characters: it is stored with each change."""
    _bulk_kinds[kind.name] = kind


def bulk_kinds() -> dict[str, BulkKind]:
    return _bulk_kinds


_trait_words: dict[str, Callable[[Any], str]] = {}


def register_trait_words(name: str, words: Callable[[Any], str]) -> None:
    """How the values of one trait are shown, where a higher app knows more of them than their text."""
    _trait_words[name] = words


def trait_words() -> dict[str, Callable[[Any], str]]:
    return _trait_words


_profile_sections: dict[str, Callable[[uuid.UUID], Any]] = {}


def register_profile_section(name: str, read: Callable[[uuid.UUID], Any]) -> None:
    """Adds `name` to a person in the REST API; `read(person_id)` returns JSON-ready data."""
    _profile_sections[name] = read


def profile_sections() -> dict[str, Callable[[uuid.UUID], Any]]:
    return dict(_profile_sections)


_source_kinds: list[Callable[[], dict[str, str]]] = []


def register_source_kinds(read: Callable[[], dict[str, str]]) -> None:
    """`read()` returns {source name: kind}, such as website or server."""
    _source_kinds[:] = [read]


def source_kinds() -> dict[str, str]:
    return {name: kind for read in _source_kinds for name, kind in read().items()}


_company_panels: dict[str, Panel] = {}


def register_company_panel(panel: Panel) -> None:
    """A part of the company page; its address takes the company's id."""
    _company_panels[panel.name] = panel


def company_panels() -> list[Panel]:
    return sorted(_company_panels.values(), key=lambda panel: panel.order)
