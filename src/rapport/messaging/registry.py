"""The registries of origins (what, in higher apps, orders that something is sent) and of facts that stop marketing."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rapport.core.registration import Registry

if TYPE_CHECKING:
    from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Description:
    """What ordered a send, in words; `properties` go into the events of its deliveries."""

    name: str
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SendOrigin:
    """One kind of origin. `url(id)` is its page; `describe(ids)` returns {id: description} of those that exist."""

    name: str
    label: str | Promise
    url: Callable[[str], str]
    describe: Callable[[Sequence[str]], dict[str, Description]]


@dataclass(frozen=True, slots=True)
class GateFact:
    """Something about a person that can stop marketing to them: an open complaint, an unpaid claim, a segment.

    `holds(person_ids, argument, now)` gives those it holds for; `words(argument)` says it in a sentence's part.
    `choices()` are the arguments there are, as (argument, label); none when it takes no argument.
    """

    name: str
    label: str | Promise
    holds: Callable[[Sequence[uuid.UUID], str, dt.datetime], Collection[uuid.UUID]]
    words: Callable[[str], str]
    choices: Callable[[], Sequence[tuple[str, str]]] | None = None


GATE_FACTS: Registry[GateFact] = Registry("fact of the gate")


class UnknownOrigin(LookupError):
    """No app registers an origin of this name."""


SEND_ORIGINS: Registry[SendOrigin] = Registry("origin of sends")


def send_origin(name: str) -> SendOrigin:
    """Raises UnknownOrigin."""
    try:
        return SEND_ORIGINS[name]
    except KeyError as error:
        raise UnknownOrigin(f"there is no origin of sends {name!r}") from error
