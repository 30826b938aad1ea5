"""People whom nobody knows yet, put in complete: one statement for persons with their traits, one for identifiers."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from rapport.core import sql
from rapport.core.clock import SYSTEM
from rapport.people import registry
from rapport.people.known import PERSON
from rapport.people.services.factlog import TABLE
from rapport.people.services.identity_naming import Identifier
from rapport.people.services.identity_store import Raced
from rapport.people.services.traits import denormalised

_encode = msgspec.json.encode
_PEOPLE = (
    "INSERT INTO people_person (id, created_at, updated_at, first_seen_at, last_seen_at, is_identified,"
    " name, email, traits, trait_facts, version)"
    " SELECT id, now(), now(), seen, seen, known, name, email, traits::jsonb, facts::jsonb, 1"
    " FROM unnest(%b::uuid[], %b::timestamptz[], %b::bool[], %b::text[], %b::text[], %b::text[], %b::text[])"
    " AS n (id, seen, known, name, email, traits, facts) ON CONFLICT (id) DO NOTHING RETURNING id"
)
_LINKS = (
    "INSERT INTO people_identifier (person_id, type, value, first_seen_at, source, message_id, came_with)"
    " SELECT p, t, v, at, %b, m, string_to_array(c, E'\\x1f')"
    " FROM unnest(%b::uuid[], %b::text[], %b::text[], %b::timestamptz[], %b::text[], %b::text[])"
    " AS n (p, t, v, at, m, c) ON CONFLICT (type, value) DO NOTHING RETURNING 1"
)


@dataclass(slots=True)
class Newcomer:
    """Somebody with his identifiers (strongest first) and what his source says; `traits` fit their definitions."""

    person_id: uuid.UUID
    identifiers: Sequence[Identifier]
    seen: dt.datetime
    identified: bool
    traits: dict[str, Any]
    said: dt.datetime
    message_id: str


def insert(newcomers: Sequence[Newcomer], source: str) -> set[uuid.UUID]:
    """Writes persons, identifiers and the traits' history, in the caller's transaction; returns who is new.

    Whose id exists already is left out altogether. Raises Raced when an identifier became somebody's meanwhile.
    """
    if not newcomers:
        return set()
    facts = _Facts(source)
    shown = [denormalised(one.traits) for one in newcomers]
    found = sql.run(
        _PEOPLE,
        [
            sql.UuidArray([one.person_id.bytes for one in newcomers]),
            [one.seen for one in newcomers],
            [one.identified for one in newcomers],
            [name for name, _ in shown],
            [email for _, email in shown],
            [_encode(_standing(one.traits)).decode() for one in newcomers],
            [facts.of(one) for one in newcomers],
        ],
    )
    new = {person for (person,) in found}
    came = (
        list(newcomers) if len(new) == len(newcomers) else [one for one in newcomers if one.person_id in new]
    )
    _link(came, source)
    registry.store(TABLE, _history(came, source, SYSTEM.now()))
    return new


def _standing(traits: dict[str, Any]) -> dict[str, Any]:
    """Without the traits of which is said that there is none."""
    if None not in traits.values():
        return traits
    return {name: value for name, value in traits.items() if value is not None}


class _Facts:
    """The facts of newcomers' traits as JSON text: the same for every trait of one, so written by a pattern."""

    def __init__(self, source: str) -> None:
        self._end = f',"source":{_encode(source).decode()},"message_id":'
        self._patterns: dict[tuple[str, ...], str] = {}

    def of(self, one: Newcomer) -> str:
        names = tuple(one.traits)
        pattern = self._patterns.get(names)
        if pattern is None:
            pattern = "{" + ",".join(f"{_encode(name).decode()}:\x00" for name in names) + "}"
            self._patterns[names] = pattern
        at = one.said.astimezone(dt.UTC).isoformat(timespec="microseconds")
        return pattern.replace("\x00", f'{{"at":"{at}"{self._end}{_encode(one.message_id).decode()}}}')


def _link(newcomers: Sequence[Newcomer], source: str) -> None:
    """In one order, so that two workers who bring the same newcomers wait for each other."""
    rows = []
    for one in newcomers:
        for each in one.identifiers:
            # Arrays of arrays cannot be of different lengths in PostgreSQL; control characters are no identifiers.
            company = "\x1f".join(
                [f"{kind}:{value}" for kind, value in one.identifiers if (kind, value) != each]
            )
            rows.append((each, one.person_id.bytes, one.seen, one.message_id[:100], company))
    if not rows:
        return
    rows.sort(key=lambda row: row[0])
    added = sql.run(
        _LINKS,
        [
            source[:120],
            sql.UuidArray([row[1] for row in rows]),
            [row[0][0] for row in rows],
            [row[0][1] for row in rows],
            [row[2] for row in rows],
            [row[3] for row in rows],
            [row[4] for row in rows],
        ],
    )
    if len(added) != len(rows):
        raise Raced


def _history(newcomers: Sequence[Newcomer], source: str, now: dt.datetime) -> list[bytes]:
    """Lines of `trait_history`, as `factlog.HistoryLine` has them."""
    recorded, told = _moment(now), _encode(source)
    lines = []
    for one in newcomers:
        head = b'{"person_id":"%b","entity":"%b","trait":' % (str(one.person_id).encode(), PERSON.encode())
        middle = b',"at":"%b","recorded_at":"%b","old":"","new":' % (_moment(one.said), recorded)
        tail = b',"source":%b,"message_id":%b,"actor":""}' % (told, _encode(one.message_id))
        for name, value in one.traits.items():
            if value is not None:
                lines.append(b"".join((head, _encode(name), middle, _encode(_encode(value).decode()), tail)))
    return lines


def _moment(value: dt.datetime) -> bytes:
    return value.astimezone(dt.UTC).isoformat(" ", "milliseconds")[:23].encode()
