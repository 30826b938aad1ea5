"""Telling the projector which people to look at again, and what of them changed.

What changed is told as short texts: `event:Order Completed`, `trait:country`, `identifiers`, `consents`, `companies`,
`seen` (when they were seen first or last), `segment:vip` (whether they are in that segment), `value:score` (a computed
trait is to be worked out anew), `time` (nothing but time passed), or ANYTHING. A higher app may tell words of its own
(`deals`), on which its clauses then depend; for these the person's row in ClickHouse is written anew. Who looks at
persons says in the same words what its answers depend on, and is asked about those only in whom something of it
changed.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping

import msgspec
from django.conf import settings

from rapport.core import sql
from rapport.core.services.wake import wake

ANYTHING = "*"
IDENTIFIERS, CONSENTS, COMPANIES, SEEN, TIME = "identifiers", "consents", "companies", "seen", "time"
# Of these, nothing stands in a person's row in ClickHouse.
_BESIDE_THE_ROW = ("event:", "segment:", "value:", TIME)

# Of each person, what changed.
Changes = Mapping[uuid.UUID, Collection[str]]


def event(name: str) -> str:
    return f"event:{name}"


def trait(name: str) -> str:
    """By the first part of its name: "address.city" is a part of the trait "address"."""
    return f"trait:{name.partition('.')[0]}"


def segment(key: str) -> str:
    return f"segment:{key}"


def value(trait_name: str) -> str:
    return f"value:{trait_name}"


def is_in_row(what: str) -> bool:
    """Whether the person's row in ClickHouse is another after this change."""
    return not what.startswith(_BESIDE_THE_ROW)


def divisions() -> int:
    """Into how many parts people are divided, each with a projector of its own."""
    return max(1, settings.PROJECTORS)


def division_of(person_id: uuid.UUID) -> int:
    return person_id.bytes[15] % divisions()


def mark_changed(person_ids: Collection[uuid.UUID], *what: str, after_block: int = 0) -> None:
    """Marks that the same changed of all of them; nothing named stands for anything. In the caller's transaction."""
    changed = frozenset(what or (ANYTHING,))
    mark(dict.fromkeys(person_ids, changed), after_block=after_block)


def mark(changes: Changes, *, after_block: int = 0) -> None:
    """Adds a change set for each division that has somebody in it, in the caller's transaction."""
    if not changes:
        return
    rows: dict[int, tuple[list[bytes], list[int]]] = {}
    signatures: dict[frozenset[str], int] = {}
    for person, what in changes.items():
        kind = signatures.setdefault(frozenset(what), len(signatures) + 1)
        people, kinds = rows.setdefault(division_of(person), ([], []))
        people.append(person.bytes)
        kinds.append(kind)
    texts = [msgspec.json.encode(sorted(what)).decode() for what in signatures]
    for division, (people, kinds) in rows.items():
        sql.run(
            "INSERT INTO people_changeset (division, people, kinds, signatures, after_block)"
            " VALUES (%b, %b::uuid[], %b::int[], %b::text[], %b)",
            [division, sql.UuidArray(people), kinds, texts, after_block],
        )
    if not after_block:
        wake("projector")
