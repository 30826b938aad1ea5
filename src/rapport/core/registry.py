"""Registries by which higher apps extend the frame, the API, the worker and the privacy functions."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import AutoField

from rapport.core.registration import Registry

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django.utils.functional import Promise

    from rapport.core.access import Actor
    from rapport.core.clock import Clock


# What an address of a record is reversed with to see whether it can be, as `url_arguments` of the entry's class.
SAMPLE_ID = uuid.UUID(int=0)


@dataclass(frozen=True, slots=True)
class PageEntry:
    """A page that the frame leads to. `order` sorts; `icon` is a Lucide name; the permission "" is everybody's."""

    name: str
    label: str | Promise
    icon: str
    url_name: str
    order: int
    permission: str = ""


@dataclass(frozen=True, slots=True)
class NavEntry(PageEntry):
    """One entry of the left rail; `also` are beginnings of further addresses whose pages belong to it, `under` names
    the NavGroup that it stands in."""

    also: tuple[str, ...] = ()
    under: str = ""


@dataclass(frozen=True, slots=True)
class NavGroup:
    """Entries of the left rail behind one: that of the group's own name, or else its first."""

    name: str
    label: str | Promise
    icon: str
    order: int


@dataclass(frozen=True, slots=True)
class NewEntry(PageEntry):
    """One entry of the New menu and of the command palette: a page on which something is made."""


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One record that search found. `hint` is a second, quieter text: an e-mail address, a state."""

    label: str
    url: str
    icon: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class SearchProvider:
    """How one kind of record is found. `search(actor, text, limit)` returns what the actor may see, best first."""

    name: str
    label: str | Promise
    permission: str
    search: Callable[[Actor, str, int], list[SearchHit]]
    order: int = 100


@dataclass(frozen=True, slots=True)
class PersonalData:
    """How one app hands out and forgets what it holds about a person.

    `fields` lists every "app.Model.field" the app holds personal data in (checked by a test);
    `export(person_ids)` returns JSON-ready data; `erase(person_ids)` returns {store: rows erased}.
    Both take the ids of the person and of all merged into it. `prepare()` runs before an erasure, outside
    of its transaction. `kept` are those of the fields that an erasure leaves as they are, such as the receipt that
    proves it. `stores` are tables of the event store with a `person_id`, whose rows governance erases.
    """

    app: str
    fields: tuple[str, ...]
    export: Callable[[list[uuid.UUID]], dict[str, Any]]
    erase: Callable[[list[uuid.UUID]], dict[str, int]]
    prepare: Callable[[], None] = lambda: None
    stores: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ApiRouter:
    """The REST API of one module, whose `router` is mounted at `prefix` below /api/v1.

    What hangs below another app's resources (the consents of a person) has the prefix "".
    """

    prefix: str
    module: str


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A list of a page without arguments, so that jobs and saved views find it by name: `page` is the dotted path
    of its `ListPage`, `url_name` its address."""

    name: str
    page: str
    url_name: str


LISTS: Registry[ListEntry] = Registry("list")
NAVIGATION: Registry[NavEntry] = Registry("navigation entry", order="order")
NAVIGATION_GROUPS: Registry[NavGroup] = Registry("group of the navigation", order="order")
NEW_ENTRIES: Registry[NewEntry] = Registry("entry of the New menu", order="order")
SEARCH_PROVIDERS: Registry[SearchProvider] = Registry("search provider", order="order")
API_ROUTERS: Registry[ApiRouter] = Registry("API router", key="module")
PERSONAL_DATA: Registry[PersonalData] = Registry("holder of personal data", key="app")


def personal_data() -> list[PersonalData]:
    """Holders, highest app first, so that references go before what they refer to."""
    return list(PERSONAL_DATA)[::-1]


@dataclass(frozen=True, slots=True)
class WorkerLoop:
    """Work that a worker does over and over, each loop in its own thread.

    `run_once(clock)` returns how much it did; after 0 the loop sleeps `idle_seconds`, a half longer each time up to
    `longest_idle` where nothing becomes due unless somebody says so, or until
    `core.services.wake.wake(name)` is called somewhere (or of `woken_as`, which several loops may share).
    `close(clock)` is called in its thread when the worker stops, and gives back what it claimed. Loops of one `part`
    share a process; the event pipeline has parts of its own, because Python gives one process one core.
    """

    name: str
    run_once: Callable[[Clock], int]
    idle_seconds: float = 0.5
    part: str = "worker"
    woken_as: str = ""
    longest_idle: float = 0.0
    close: Callable[[Clock], None] = lambda clock: None


WORKER_LOOPS: Registry[WorkerLoop] = Registry("worker loop")


@dataclass(frozen=True, slots=True)
class SettingsPage(PageEntry):
    """One page of the settings area.

    `group` names a SettingsGroup; `also` are beginnings of further addresses whose pages belong to it.
    """

    group: str = "business"
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SettingsGroup:
    """A heading of the settings area, with the pages that name it."""

    name: str
    label: str | Promise
    order: int


SETTINGS_GROUPS: Registry[SettingsGroup] = Registry("settings group", order="order")
SETTINGS_PAGES: Registry[SettingsPage] = Registry("settings page", order="order")


def settings_pages() -> list[SettingsPage]:
    """All pages, group by group."""
    return [page for group in SETTINGS_GROUPS for page in SETTINGS_PAGES if page.group == group.name]


@dataclass(frozen=True, slots=True)
class OwnedRecord:
    """A kind of record with an owner and a team: how it is read, and with which permissions.

    `rows(actor)` are the records the actor sees; `url_name` is reversed with the record's id.
    """

    name: str
    label: str | Promise
    model: type[Model]
    rows: Callable[[Actor], QuerySet[Any]]
    view: str
    edit: str
    url_name: str

    @property
    def url_arguments(self) -> tuple[uuid.UUID | int]:
        """An id like those of its records: a number, or a UUID."""
        return (1 if isinstance(self.model._meta.pk, AutoField) else SAMPLE_ID,)


OWNED_RECORDS: Registry[OwnedRecord] = Registry("kind of owned record")
