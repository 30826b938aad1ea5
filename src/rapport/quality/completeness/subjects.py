"""What a measure looks at: one identified person with consents, refused values and the circumstances."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

import msgspec

from rapport.core import sql
from rapport.governance import queries as governance
from rapport.quality.cleansing.slots import Context, Slot, slots

_LIVE = "merged_into_id IS NULL AND erased_at IS NULL AND is_identified"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is the same for everybody: the time, the traits that count, the purposes (key, channel, name)."""

    now: dt.datetime
    context: Context
    traits: tuple[str, ...]
    asked: tuple[tuple[str, str, str], ...]


@dataclass(slots=True)
class Subject:
    """One person. `consents` is {(purpose, channel): (state, whether it has evidence)}."""

    id: uuid.UUID
    traits: dict[str, Any]
    facts: dict[str, dict[str, Any]]
    last_seen_at: dt.datetime
    slots: list[Slot]
    consents: dict[tuple[str, str], tuple[str, bool]] = field(default_factory=dict)
    refused: list[tuple[str, str, str]] = field(default_factory=list)
    identifiers: set[str] = field(default_factory=set)
    suppressed: set[str] = field(default_factory=set)


def total() -> int:
    return int(sql.run(f"SELECT count(*) FROM people_person WHERE {_LIVE}")[0][0])


def after(person: uuid.UUID | None, limit: int, context: Context) -> list[Subject]:
    """The next persons by id with all that is judged of them: five statements, whatever the number."""
    rows = sql.run(
        "SELECT id, traits::text, trait_facts::text, last_seen_at FROM people_person"
        f" WHERE id > %b AND {_LIVE} ORDER BY id LIMIT %b",
        [person or uuid.UUID(int=0), limit],
    )
    decode = msgspec.json.decode
    found: dict[uuid.UUID, Subject] = {}
    for id_, traits, facts, seen in rows:
        held = decode(traits)
        found[id_] = Subject(id_, held, decode(facts), seen, list(slots(held, context)))
    if found:
        _add_consents(found)
        _add_refused(found)
        _add_identifiers(found)
        _add_suppressed(found)
    return list(found.values())


def _add_consents(found: dict[uuid.UUID, Subject]) -> None:
    lines = sql.run(
        "SELECT c.person_id, p.key, c.channel, c.state, r.evidence <> '{}'::jsonb FROM governance_consent c"
        " JOIN governance_purpose p ON p.id = c.purpose_id JOIN governance_consentrecord r ON r.id = c.record_id"
        " WHERE c.person_id = ANY(%b)",
        [list(found)],
    )
    for person, purpose, channel, state, proven in lines:
        found[person].consents[purpose, channel] = (state, proven)


def _add_refused(found: dict[uuid.UUID, Subject]) -> None:
    lines = sql.run(
        "SELECT DISTINCT ON (subject_id, trait) subject_id, trait, value #>> '{}', reason FROM people_rejectedfact"
        " WHERE entity = 'person' AND subject_id = ANY(%b) ORDER BY subject_id, trait, at DESC",
        [list(found)],
    )
    for person, trait, value, reason in lines:
        found[person].refused.append((trait, value or "", reason))


def _add_identifiers(found: dict[uuid.UUID, Subject]) -> None:
    lines = sql.run(
        "SELECT person_id, array_agg(DISTINCT type) FROM people_identifier WHERE person_id = ANY(%b) GROUP BY 1",
        [list(found)],
    )
    for person, types in lines:
        found[person].identifiers = set(types)


def _add_suppressed(found: dict[uuid.UUID, Subject]) -> None:
    for channel, trait in (("email", "email"), ("sms", "phone")):
        addresses = {
            person: value
            for person, each in found.items()
            if isinstance(value := each.traits.get(trait), str)
        }
        banned = governance.suppressed(channel, set(addresses.values()))
        for person, value in addresses.items():
            if value in banned:
                found[person].suppressed.add(channel)
