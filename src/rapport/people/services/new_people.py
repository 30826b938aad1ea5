"""People whom nobody knows yet, put in complete: one COPY for persons with their traits, one for identifiers.

Writing somebody down as lines (`RowWriter`, `block`) asks no database, so that it may happen in another process than
putting them in.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha1
from typing import Any

import msgspec
from django.db import IntegrityError

from rapport.core import sql
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import spool
from rapport.people.services.canonical_ids import NAMESPACE, Identifier
from rapport.people.services.factlog import TABLE
from rapport.people.services.identity_store import Raced
from rapport.people.services.traits import denormalised
from rapport.people.values.schema import PERSON

# Texts kept as written: most values of a file come again.
CACHED = 20_000
_encode = msgspec.json.encode
# What the transaction's time is put in for. No text has it: control characters are escaped or no identifiers.
_NOW = "\x01"
_PEOPLE = (
    "COPY people_person (id, first_seen_at, last_seen_at, is_identified, name, email, traits, trait_facts,"
    " created_at, updated_at, version) FROM STDIN"
)
_LINKS = (
    "COPY people_identifier (type, value, person_id, first_seen_at, source, message_id, came_with) FROM STDIN"
)
_SPECIAL = re.compile(r"[\\\t\n\r\x01]").search
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", _NOW: ""})


@dataclass(slots=True)
class NewPerson:
    """Somebody with their identifiers (strongest first) and what their source says; `traits` fit their definitions."""

    identifiers: Sequence[Identifier]
    seen: dt.datetime
    identified: bool
    traits: dict[str, Any]
    stated_at: dt.datetime
    message_id: str


class Written(msgspec.Struct, array_like=True, gc=False):
    """A newcomer as lines: of the two tables, and of the traits' history (JSON, one line per trait)."""

    person: bytes
    row: str
    links: list[str]
    history: str

    @property
    def text(self) -> str:
        """The person's id as text."""
        return self.row[:36]


class Block(msgspec.Struct, array_like=True, gc=False):
    """Many newcomers as they are put in: their ids side by side, the lines of the two tables, and the history, packed.

    `traits` is the number of lines of the history.
    """

    people: bytes
    rows: bytes
    links: bytes
    history: bytes
    traits: int

    @property
    def ids(self) -> list[bytes]:
        return [self.people[place : place + 16] for place in range(0, len(self.people), 16)]


def block(written: Sequence[Written], clock: Clock = SYSTEM) -> Block:
    """Lines in one order, so that two workers who bring the same newcomers wait for each other."""
    now = clock.now()
    rows = "\n".join(sorted([new_person.row for new_person in written]))
    links = "\n".join(sorted([link for new_person in written for link in new_person.links]))
    history = "\n".join([new_person.history for new_person in written if new_person.history])
    return Block(
        b"".join([new_person.person for new_person in written]),
        rows.replace(_NOW, _stamp(now)).encode(),
        links.encode(),
        spool.packed(history.replace(_NOW, _moment(now)).encode()),
        history.count("\n") + 1 if history else 0,
    )


def id_of(identifier: Identifier) -> bytes:
    """`canonical_ids.person_id_for`, as bytes and without an object in between."""
    digest = bytearray(sha1(NAMESPACE.bytes + ":".join(identifier).encode(), usedforsecurity=False).digest())
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    return bytes(digest[:16])


class RowWriter:
    """Writes newcomers of one source down."""

    def __init__(self, source: str) -> None:
        encoded_source = _encode(source).decode()
        self._end = f',"source":{encoded_source},"message_id":'
        self._source = copied(source[:120])
        self._patterns: dict[tuple[str, ...], str] = {}
        self._names = lru_cache(CACHED)(_text)
        self._source_text = lru_cache(CACHED)(_twice)
        self._moments = lru_cache(CACHED)(_moment)
        self._stamps = lru_cache(CACHED)(_stamp)

    def write(self, new_person: NewPerson) -> Written:
        """The lines; the person is called after the first identifier."""
        person = id_of(new_person.identifiers[0])
        person_hex = person.hex()
        text = (
            f"{person_hex[:8]}-{person_hex[8:12]}-{person_hex[12:16]}-{person_hex[16:20]}-{person_hex[20:]}"
        )
        seen = self._stamps(new_person.seen)
        traits = _standing(new_person.traits)
        name, email = denormalised(traits)
        message = _encode(new_person.message_id).decode()
        row = (
            f"{text}\t{seen}\t{seen}\t{'t' if new_person.identified else 'f'}\t{copied(name)}\t{copied(email)}"
            f"\t{_json(traits)}\t{self._facts_of(new_person, message)}\t{_NOW}\t{_NOW}\t1"
        )
        end = f"\t{text}\t{seen}\t{self._source}\t{copied(new_person.message_id[:100])}\t"
        return Written(
            person, row, _links(new_person.identifiers, end), self._history(new_person, traits, text, message)
        )

    def _facts_of(self, new_person: NewPerson, message: str) -> str:
        """The same for every trait of one person, so written by a pattern."""
        names = tuple(new_person.traits)
        pattern = self._patterns.get(names)
        if pattern is None:
            pattern = "{" + ",".join(f"{_json(name)}:\x00" for name in names) + "}"
            self._patterns[names] = pattern
        fact = f'{{"at":"{self._stamps(new_person.stated_at)}"{self._end}{message}}}'
        return pattern.replace("\x00", fact.replace("\\", "\\\\"))

    def _history(self, new_person: NewPerson, traits: dict[str, Any], person: str, message: str) -> str:
        """Lines of `trait_history`, as `factlog.HistoryLine` has them."""
        head = f'{{"person_id":"{person}","entity":"{PERSON}","trait":'
        middle = f',"at":"{self._moments(new_person.stated_at)}","recorded_at":"{_NOW}","old":"","new":'
        tail = f'{self._end}{message},"actor":""}}'
        names, source = self._names, self._source_text
        return "\n".join(
            [
                f"{head}{names(name)}{middle}{source(value) if type(value) is str else _twice(value)}{tail}"
                for name, value in traits.items()
            ]
        )


def insert(written: Sequence[Written], clock: Clock = SYSTEM) -> set[bytes]:
    """Puts persons, identifiers and the traits' history in, in the caller's transaction; returns who is new.

    Whose id exists already is left out altogether. Raises Raced when a person or an identifier came up meanwhile.
    """
    there = _there([new_person.person for new_person in written])
    came = [new_person for new_person in written if new_person.person not in there] if there else written
    if came:
        _put(block(came, clock))
    return {new_person.person for new_person in came}


def insert_block(newcomers: Block) -> bool:
    """The same of a block; False, and nothing is put in, when somebody's id exists already."""
    if _there(newcomers.ids):
        return False
    _put(newcomers)
    return True


def _put(newcomers: Block) -> None:
    try:
        sql.copy(_PEOPLE, newcomers.rows)
        sql.copy(_LINKS, newcomers.links)
    except IntegrityError as error:
        raise Raced from error
    spool.put_packed(TABLE, newcomers.history, newcomers.traits)


def _there(people: Collection[bytes]) -> set[bytes]:
    rows = sql.run("SELECT id FROM people_person WHERE id = ANY(%b)", [sql.UuidArray(people)])
    return {person.bytes for (person,) in rows}


def copied(text: str) -> str:
    """A value as PostgreSQL's COPY reads it."""
    return text.translate(_ESCAPES) if _SPECIAL(text) else text


def _json(value: Any) -> str:
    """JSON for COPY; it has no control characters of its own, but backslashes."""
    return _encode(value).decode().replace("\\", "\\\\")


def _text(value: Any) -> str:
    return _encode(value).decode()


def _twice(value: Any) -> str:
    """JSON text of the JSON text."""
    return _text(_text(value))


def _links(identifiers: Sequence[Identifier], end: str) -> list[str]:
    if len(identifiers) == 1:
        ((kind, value),) = identifiers
        return [f"{kind}\t{copied(value)}{end}{{}}"]
    links = []
    for identifier in identifiers:
        others = ",".join(
            [_element(f"{kind}:{value}") for kind, value in identifiers if (kind, value) != identifier]
        )
        links.append(f"{identifier[0]}\t{copied(identifier[1])}{end}{{{others}}}")
    return links


def _element(text: str) -> str:
    """A member of an array literal, for COPY."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{copied(quoted)}"'


def _standing(traits: dict[str, Any]) -> dict[str, Any]:
    """Without the traits of which is said that there is none."""
    if None not in traits.values():
        return traits
    return {name: value for name, value in traits.items() if value is not None}


def _stamp(value: dt.datetime) -> str:
    """As facts have it; PostgreSQL reads it too."""
    return value.astimezone(dt.UTC).isoformat(timespec="microseconds")


def _moment(value: dt.datetime) -> str:
    return value.astimezone(dt.UTC).isoformat(" ", "milliseconds")[:23]
