"""Registries: how an app extends the ones below it. Filled in `AppConfig.ready()`, frozen once Django has started."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from operator import attrgetter
from types import FrameType
from typing import Any, ClassVar, Generic, TypeVar

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")


class RegistrationError(ImproperlyConfigured):
    """An entry that cannot be registered; the message says why and names both where there are two."""


Brought = tuple["Registry[Any]", str, Any]


def nothing(_entry: object) -> tuple[()]:
    """What most entries bring to other registries, and lack."""
    return ()


class Registry(Generic[T]):
    """Entries of one kind by name, in the order of their attribute `order`, or as they were registered.

    `noun` names the kind in messages; `key` is the attribute that holds an entry's name. Entries without one
    (functions, say) are registered with it: `ROW_COLUMNS.register(read, "consents")`. `brings(entry)` are
    the entries that other registries get with it, as (registry, name, entry). `missing(entry)` is asked when all have
    registered: what it names and nobody brought, as the rest of a sentence about it.
    """

    everything: ClassVar[list[Registry[Any]]] = []

    def __init__(
        self,
        noun: str,
        *,
        key: str = "name",
        order: str = "",
        brings: Callable[[T], Iterable[Brought]] = nothing,
        missing: Callable[[T], Iterable[str]] = nothing,
    ) -> None:
        self.missing = missing
        self.noun, self._key, self._order, self._brings = noun, key, order, brings
        self._entries: dict[str, T] = {}
        self._origins: dict[str, str] = {}
        self._announced: frozenset[str] = frozenset()
        self.everything.append(self)

    def register(self, entry: T, name: str = "") -> None:
        """Adds an entry. Raises RegistrationError when its name is taken or the program has started."""
        name = name or getattr(entry, self._key)
        origin = self._origin_of(name, sys._getframe(1))
        self._add(name, entry, origin)
        for registry, key, brought in self._brings(entry):
            registry._add(key, brought, origin)

    def announce(self, entry: T) -> None:
        """Adds an entry that gives way to the one of the same name that is registered, before or after."""
        name = getattr(entry, self._key)
        origin = self._origin_of(name, sys._getframe(1))
        if name not in self._entries or name in self._announced:
            self._add(name, entry, origin)
            self._announced |= {name}

    def _origin_of(self, name: str, caller: FrameType) -> str:
        origin = f"{caller.f_globals['__name__']}:{caller.f_lineno}"
        if apps.ready:
            raise RegistrationError(
                f"The {self.noun} “{name}” ({origin}) comes too late: register it in AppConfig.ready(),"
                f" or in a test with `temporarily`."
            )
        return origin

    @contextmanager
    def temporarily(self, *entries: T, alone: bool = False, **named: T) -> Iterator[None]:
        """For tests: has these entries (and what they bring) too, or `alone`, until the block ends."""
        before = self._entries, self._origins, self._announced
        self._entries, self._origins = ({}, {}) if alone else (dict(before[0]), dict(before[1]))
        with ExitStack() as stack:
            stack.callback(self._put_back, *before)
            for name, entry in [*((getattr(entry, self._key), entry) for entry in entries), *named.items()]:
                self._add(name, entry, "a test")
                for registry, key, brought in self._brings(entry):
                    stack.enter_context(registry.temporarily(**{key: brought}))
            yield

    def _put_back(self, entries: dict[str, T], origins: dict[str, str], announced: frozenset[str]) -> None:
        self._entries, self._origins, self._announced = entries, origins, announced

    def _add(self, name: str, entry: T, origin: str) -> None:
        if name in self._entries and name not in self._announced:
            raise RegistrationError(
                f"Two entries of the registry “{self.noun}” are named “{name}”: {self._entries[name]!r}"
                f" ({self._origins[name]}) and {entry!r} ({origin}). Rename one of them, or take it out."
            )
        self._entries[name], self._origins[name] = entry, origin
        self._announced -= {name}

    def __iter__(self) -> Iterator[T]:
        entries = list(self._entries.values())
        return iter(sorted(entries, key=attrgetter(self._order)) if self._order else entries)

    def __getitem__(self, name: str) -> T:
        """Raises KeyError with a sentence."""
        try:
            return self._entries[name]
        except KeyError:
            raise KeyError(
                f"The registry “{self.noun}” has no “{name}”: register it in AppConfig.ready()."
            ) from None

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, name: str) -> T | None:
        return self._entries.get(name)

    def items(self) -> list[tuple[str, T]]:
        """(name, entry), as they were registered."""
        return list(self._entries.items())

    def origin(self, name: str) -> str:
        """Where an entry was registered: "module:line"."""
        return self._origins[name]
