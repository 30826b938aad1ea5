"""The doors by which higher apps extend the frame and the privacy machinery. Filled in AppConfig.ready()."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from rapport.core.access import Actor


T = TypeVar("T")


class Registry(Generic[T]):
    """Entries of one kind by name, in the order of registration. A second entry of a name is refused."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, T] = {}

    def add(self, name: str, entry: T) -> None:
        """Raises ValueError when the name is taken."""
        if name in self._entries:
            raise ValueError(f"There is a {self.kind} {name!r} already.")
        self._entries[name] = entry

    def get(self, name: str) -> T | None:
        return self._entries.get(name)

    def __iter__(self) -> Iterator[T]:
        return iter(self._entries.values())


@dataclass(frozen=True, slots=True)
class NavEntry:
    """One entry of the left rail. `order` sorts; `icon` is a Lucide name; `url_name` is reversed lazily.

    `also` are beginnings of further addresses whose pages belong to it.
    """

    name: str
    label: str
    icon: str
    url_name: str
    order: int
    permission: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewEntry:
    """One entry of the New menu and of the command palette: a page on which something is made."""

    name: str
    label: str
    icon: str
    url_name: str
    order: int
    permission: str = ""


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
    label: str
    permission: str
    search: Callable[[Actor, str, int], list[SearchHit]]
    order: int = 100


@dataclass(frozen=True, slots=True)
class PersonalData:
    """How one app hands out and forgets what it holds about a person.

    `fields` lists every "app.Model.field" the app holds personal data in (checked by a test);
    `export(person_id)` returns JSON-ready data; `erase(person_id)` returns {store: rows erased}.
    Both take the ids of the person and of everybody merged into him. `prepare()` runs before an erasure, outside
    of its transaction. `stores` are tables of the event store with a `person_id`, whose rows governance erases.
    """

    app: str
    fields: tuple[str, ...]
    export: Callable[[list[uuid.UUID]], dict[str, Any]]
    erase: Callable[[list[uuid.UUID]], dict[str, int]]
    prepare: Callable[[], None] = lambda: None
    stores: tuple[str, ...] = ()


@dataclass(slots=True)
class _Registries:
    navigation: dict[str, NavEntry] = field(default_factory=dict)
    new_entries: dict[str, NewEntry] = field(default_factory=dict)
    search: dict[str, SearchProvider] = field(default_factory=dict)
    personal_data: dict[str, PersonalData] = field(default_factory=dict)


_registries = _Registries()


def register_navigation(entry: NavEntry) -> None:
    _registries.navigation[entry.name] = entry


def navigation() -> list[NavEntry]:
    return sorted(_registries.navigation.values(), key=lambda entry: entry.order)


def register_new(entry: NewEntry) -> None:
    _registries.new_entries[entry.name] = entry


def new_entries() -> list[NewEntry]:
    return sorted(_registries.new_entries.values(), key=lambda entry: entry.order)


def register_search(provider: SearchProvider) -> None:
    _registries.search[provider.name] = provider


def search_providers() -> list[SearchProvider]:
    return sorted(_registries.search.values(), key=lambda provider: provider.order)


def register_personal_data(holder: PersonalData) -> None:
    _registries.personal_data[holder.app] = holder


def personal_data() -> list[PersonalData]:
    """Holders, highest app first, so that references go before what they refer to."""
    return list(reversed(_registries.personal_data.values()))


@dataclass(frozen=True, slots=True)
class WorkerLoop:
    """Work that a worker does over and over, each loop in its own thread.

    `run_once` returns how much it did; after 0 the loop sleeps `idle_seconds`, or until
    `core.services.wake.wake(name)` is called somewhere. Loops of one `part` share a process; the road of
    events has parts of its own, because Python gives one process one core.
    """

    name: str
    run_once: Callable[[], int]
    idle_seconds: float = 0.5
    part: str = "worker"


_worker_loops: dict[str, WorkerLoop] = {}


def register_worker_loop(loop: WorkerLoop) -> None:
    _worker_loops[loop.name] = loop


def worker_loops(part: str = "") -> list[WorkerLoop]:
    """All loops, or those of one part."""
    return [loop for loop in _worker_loops.values() if not part or loop.part == part]


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """One page of the settings area. `label` may be a lazy translation; `icon` is a Lucide name.

    `group` is a key of SETTINGS_GROUPS; `also` are beginnings of further addresses whose pages belong to it.
    """

    name: str
    label: str | Promise
    icon: str
    url_name: str
    order: int
    permission: str = ""
    group: str = "business"
    also: tuple[str, ...] = ()


# The headings of the settings area, in their order.
SETTINGS_GROUPS = {
    "business": _("Business"),
    "people": _("Customer data"),
    "consent": _("Sending and privacy"),
}
_settings_pages: dict[str, SettingsPage] = {}


def register_settings_page(page: SettingsPage) -> None:
    _settings_pages[page.name] = page


def settings_pages() -> list[SettingsPage]:
    """All pages, group by group."""
    groups = list(SETTINGS_GROUPS)
    return sorted(_settings_pages.values(), key=lambda page: (groups.index(page.group), page.order))
