"""What one app adds beside the records of another: buttons that take a record along, and what depends on it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from django.urls import reverse

from rapport.core.audit_log import record_label
from rapport.core.registration import Registry

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from rapport.core.access import Actor

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class RecordAction:
    """A button that opens `url_name` with `?RECORD=…`: the id of the record, on the page of a "segment" or "template";
    a list's search and filters as a query string, where `record` is the name of a list ("people")."""

    name: str
    record: str
    label: str | Promise
    icon: str
    permission: str
    url_name: str


RECORD_ACTIONS: Registry[RecordAction] = Registry("action beside a record")


def actions_for(actor: Actor, record: str, value: object) -> list[tuple[RecordAction, str]]:
    """The actions beside such a record that the actor may use, each with its address."""
    return [
        (action, f"{reverse(action.url_name)}?{urlencode({record: value})}")
        for action in RECORD_ACTIONS
        if action.record == record and actor.may(action.permission)
    ]


@dataclass(frozen=True, slots=True)
class RecordUse:
    """Something that depends on a record; `kind` is a record of the audit log ("campaign"). While one `blocks`, the
    record cannot be archived."""

    kind: str
    label: str
    url: str
    blocks: bool = False

    @property
    def kind_label(self) -> str:
        return record_label(self.kind)


Uses = dict[Key, list[RecordUse]]


@dataclass(frozen=True, slots=True)
class UseFinder:
    """Finds what of one app depends on records of another: `find` takes many keys, so that a list asks once."""

    name: str
    record: str
    find: Callable[[list[Any]], Uses[Any]]


USE_FINDERS: Registry[UseFinder] = Registry("finder of a record's uses")


def uses_of(record: str, keys: list[Key]) -> Uses[Key]:
    """What depends on each of these records, over all apps."""
    uses: Uses[Key] = {key: [] for key in keys}
    for finder in USE_FINDERS:
        if finder.record == record:
            for key, more in finder.find(keys).items():
                uses[key].extend(more)
    return uses
