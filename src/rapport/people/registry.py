"""The doors by which higher apps extend persons: live projections, and what moves along in a merge."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from django.utils.functional import Promise

from rapport.core.registration import Registry
from rapport.core.registry import SAMPLE_ID

if TYPE_CHECKING:
    from rapport.core.access import Actor
    from rapport.core.ui.lists import BulkEdit
    from rapport.people.identity_types import IdentifierRule
    from rapport.people.models import Person
    from rapport.people.services.profile import TraitUpdate


# Of each person what changed, in the words of `people.services.changes`; what a look changes itself is added.
Changes = dict[uuid.UUID, set[str]]


@dataclass(frozen=True, slots=True)
class Projection:
    """`project(changes, now)` is called after ClickHouse shows the latest of these persons. Must be repeatable.

    Smaller `order` first: what makes traits (computed ones: 10) runs before what looks at them (segments: 100), and
    adds to `changes` what it has changed.
    """

    name: str
    project: Callable[[Changes, dt.datetime], None]
    order: int = 100


PROJECTIONS: Registry[Projection] = Registry("projection", order="order")

Pair = tuple[uuid.UUID, uuid.UUID]


@dataclass(frozen=True, slots=True)
class Mergeable:
    """What an app holds of a person and how it moves when two persons become one.

    `merge(pairs)` moves it for each (survivor, absorbed), in order, set-based, and returns {absorbed: JSON-ready
    snapshot} where an undo needs one; `unmerge(pair, snapshot or None)` gives it back. Both run in the merge's
    transaction, after the persons themselves have been joined or parted. `fields` are the "app.Model.field" that
    it moves (a test asks of every field that can name a person for one, or for a reason).
    """

    name: str
    fields: tuple[str, ...]
    merge: Callable[[list[Pair]], dict[uuid.UUID, Any]]
    unmerge: Callable[[Pair, Any], None]


MERGEABLES: Registry[Mergeable] = Registry("mergeable")

# What can identify people as Rapport comes; the business may change each of them in the settings.
IDENTIFIER_TYPES: Registry[IdentifierRule] = Registry("type of identifier", key="key")

# Each fills one column, by its name, of the `people` rows in ClickHouse: `read(person_ids)` returns {person id: value}.
ROW_COLUMNS: Registry[Callable[[list[uuid.UUID]], dict[uuid.UUID, Any]]] = Registry("column of people rows")


# Each hears of the traits that are said of people, by whatever road, in the transaction that writes them.
TRAIT_LISTENERS: Registry[Callable[[Sequence[TraitUpdate]], None]] = Registry("listener to traits")


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the profile page, loaded from `url_name` (reversed with the person's id) when it is seen.

    The view answers with a fragment. `place`: "facts" (left), "main" (the middle), "side" (right), or "tab": instead of
    the middle, when its tab is chosen.
    """

    name: str
    label: str | Promise
    order: int
    permission: str
    url_name: str
    place: Literal["facts", "main", "side", "tab"] = "side"
    url_arguments: ClassVar[tuple[uuid.UUID, ...]] = (SAMPLE_ID,)


PANELS: Registry[Panel] = Registry("profile panel", order="order")
# Parts of the company page; their addresses take the company's id.
COMPANY_PANELS: Registry[Panel] = Registry("company panel", order="order")


@dataclass(frozen=True, slots=True)
class Figure:
    """A count that helps to tell two persons apart: `read(person_ids)` returns {person id: number}.

    The ids are single persons, also such as were merged into others; each is counted by themselves.
    """

    name: str
    label: str | Promise
    read: Callable[[list[uuid.UUID]], dict[uuid.UUID, int]]


FIGURES: Registry[Figure] = Registry("figure")


@dataclass(frozen=True, slots=True)
class PeopleColumn:
    """A column of the people list that a higher app fills: `read(person_ids)` returns {person id: labels}."""

    name: str
    label: str | Promise
    order: int
    permission: str
    read: Callable[[list[uuid.UUID]], dict[uuid.UUID, list[str]]]


PEOPLE_COLUMNS: Registry[PeopleColumn] = Registry("column of the people list", order="order")

Badge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ProfileBadge:
    """A badge in the head of the profile: `read(person)` returns (text, tone), or nothing to show."""

    name: str
    permission: str
    read: Callable[[Person], Badge | None]


PROFILE_BADGES: Registry[ProfileBadge] = Registry("profile badge")


def profile_badges(actor: Actor, person: Person) -> list[Badge]:
    """(text, tone) of those the actor may see."""
    badges = (badge.read(person) for badge in PROFILE_BADGES if actor.may(badge.permission))
    return [badge for badge in badges if badge is not None]


@dataclass(frozen=True, slots=True)
class Headline:
    """A fact in the head of the profile, such as how valuable or how reachable somebody is.

    `read(person)` returns (text, further text), or nothing to show. It runs with every profile: a few reads of
    PostgreSQL, never of the event store.
    """

    name: str
    label: str | Promise
    order: int
    permission: str
    read: Callable[[Person], tuple[str, str] | None]


HEADLINES: Registry[Headline] = Registry("headline of the profile", order="order")


def headlines(actor: Actor, person: Person) -> list[tuple[str, str, str]]:
    """(label, text, further text) of those the actor may see and that say something."""
    seen = ((line.label, line.read(person)) for line in HEADLINES if actor.may(line.permission))
    return [(str(label), *values) for label, values in seen if values is not None]


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """A `core.ui.lists.Filter` of the people list, for those who have the permission."""

    name: str
    permission: str
    filter: Any


PEOPLE_FILTERS: Registry[PeopleFilter] = Registry("filter of the people list")


# What higher apps can do to many people chosen in the list.
PEOPLE_EDITS: Registry[BulkEdit] = Registry("bulk change of people")


@dataclass(frozen=True, slots=True)
class TraitWords:
    """How a computed trait is called, and its values in words."""

    label: str
    value: Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class ComputedTraits:
    """Traits of persons that a higher app computes, and that nobody else may set.

    `read()` gives which these are now; `words()` gives {trait: its words}, and remembers: it is asked for every value.
    """

    name: str
    read: Callable[[], Iterable[str]]
    words: Callable[[], dict[str, TraitWords]]


COMPUTED_TRAITS: Registry[ComputedTraits] = Registry("kind of computed traits")


def computed_traits() -> frozenset[str]:
    return frozenset(name for traits in COMPUTED_TRAITS for name in traits.read())


def computed_words(name: str) -> TraitWords | None:
    """The words of a computed trait; None for any other."""
    return next((words[name] for traits in COMPUTED_TRAITS if name in (words := traits.words())), None)


# `find(actor, person_id, type)` gives the page on which the actor may write to a person under an identifier of this
# type, or nothing.
COMPOSERS: Registry[Callable[[Actor, uuid.UUID, str], str]] = Registry("form that writes to a person")


def write_url(actor: Actor, person_id: uuid.UUID, type_: str) -> str:
    """Where the actor writes to the person in Rapport; empty where they may not."""
    return next((url for find in COMPOSERS if (url := find(actor, person_id, type_))), "")


# By its name in the REST API: what a higher app adds to a person; `read(person_id)` returns JSON-ready data.
PROFILE_SECTIONS: Registry[Callable[[uuid.UUID], Any]] = Registry("section of a person in the API")

# `read()` returns {source name: kind}, such as website or server.
SOURCE_KIND_READERS: Registry[Callable[[], dict[str, str]]] = Registry("reader of source kinds")


def source_kinds() -> dict[str, str]:
    return {name: kind for read in SOURCE_KIND_READERS for name, kind in read().items()}
