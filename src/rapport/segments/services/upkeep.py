"""Live upkeep, of whatever is kept up: whom to ask about what, and that one thing that fails holds up no other."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from clickhouse_connect.driver.exceptions import ClickHouseError

from rapport.core import clickhouse
from rapport.people.services.changes import ANYTHING, Changes
from rapport.segments.language.problems import InvalidDefinition
from rapport.segments.services.dependencies import Needs

# Persons asked about in one query. Much of its cost is planning it, so few large ones beat many small ones.
CHUNK = 20_000
# So many queries for one look; of persons with rarer changes, more is asked than would be needed. Planning one about
# 50 segments takes 80 ms of the processor, reading what happened to a person 5 µs where persons lie close together.
MOST_GROUPS = 2
# Fewer persons are not worth a query of their own. Where reading is dear, rounds are long, and so of more persons.
LEAST_PERSONS = 5_000

Item = TypeVar("Item")
Answer = TypeVar("Answer")
# Positions of what is to be asked, and about whom.
Group = tuple[list[int], list[uuid.UUID]]


def affected(changes: Changes, needs: Sequence[Needs]) -> list[Group]:
    """Who is to be asked about which of several things: those that depend on something that changed of the person."""
    masks: dict[frozenset[str], int] = {}
    by_person: dict[uuid.UUID, int] = {}
    for person, what in changes.items():
        signature = frozenset(what)
        mask = masks.get(signature)
        if mask is None:
            mask = masks[signature] = _mask(signature, needs)
        if mask:
            by_person[person] = mask
    return grouped(by_person)


def _mask(what: frozenset[str], needs: Sequence[Needs]) -> int:
    anything = ANYTHING in what
    return sum(
        1 << place
        for place, depends in enumerate(needs)
        if anything or ANYTHING in depends or not depends.isdisjoint(what)
    )


def grouped(masks: Mapping[uuid.UUID, int]) -> list[Group]:
    """Persons by what is to be asked about them (bits); small groups are joined, and asked all of it."""
    persons: dict[int, list[uuid.UUID]] = {}
    for person, mask in masks.items():
        persons.setdefault(mask, []).append(person)
    by_size = sorted(persons, key=lambda mask: (-len(persons[mask]), mask))
    large = [mask for mask in by_size[: MOST_GROUPS - 1] if len(persons[mask]) >= LEAST_PERSONS]
    groups = [(positions(mask), persons[mask]) for mask in large]
    if small := [mask for mask in by_size if mask not in large]:
        union = 0
        for mask in small:
            union |= mask
        groups.append((positions(union), [person for mask in small for person in persons[mask]]))
    return groups


def positions(bits: int) -> list[int]:
    """The places of the bits that are set, lowest first."""
    places = []
    while bits:
        lowest = bits & -bits
        places.append(lowest.bit_length() - 1)
        bits ^= lowest
    return places


def chunks(person_ids: Sequence[uuid.UUID]) -> Iterator[list[uuid.UUID]]:
    """Each person once, in the one order in which everybody locks them."""
    ordered = sorted(set(person_ids))
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]


def ask_apart(
    items: Sequence[Item],
    ask: Callable[[Sequence[Item]], Answer],
    refused: Callable[[Item, Exception], None],
) -> list[tuple[Sequence[Item], Answer]]:
    """Asks about all in one query; where the event store refuses it, about each half, so that others are answered.

    Returns what could be asked together, with the answers; `refused` is told of what cannot be asked at all.
    """
    try:
        return [(items, ask(items))]
    except (ClickHouseError, InvalidDefinition) as error:
        if not _engine_answers():
            raise
        if len(items) == 1:
            refused(items[0], error)
            return []
    middle = len(items) // 2
    return [*ask_apart(items[:middle], ask, refused), *ask_apart(items[middle:], ask, refused)]


def _engine_answers() -> bool:
    try:
        return bool(clickhouse.scalar("SELECT 1") == 1)
    except (ClickHouseError, OSError):
        return False
