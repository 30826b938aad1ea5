"""What an import reads of people in sets, and how a reverted one is taken out of them again."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from rapport.core import sql
from rapport.people.models import Person
from rapport.people.services.canonical_ids import Identifier
from rapport.people.services.identity_store import Raced
from rapport.people.services.traits import denormalised

# Identifiers that an import linked; in earlier versions these did not say with which row they came.
_OF_IMPORT = "(starts_with(i.message_id, %b) OR (i.message_id = '' AND i.source = %b))"
Link = Sequence[str]


def owners(identifiers: Collection[Identifier]) -> dict[Identifier, uuid.UUID]:
    """Whose these identifiers are."""
    values: dict[str, list[str]] = {}
    for kind, value in identifiers:
        values.setdefault(kind, []).append(value)
    return {
        (kind, value): person
        for kind, wanted in values.items()
        for value, person in sql.run(
            "SELECT value, person_id FROM people_identifier WHERE type = %b AND value = ANY(%b)",
            [kind, sql.TextArray(wanted)],
        )
    }


def holders(kind: str, people: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the people who have an identifier of this type."""
    statement = "SELECT DISTINCT person_id FROM people_identifier WHERE type = %b AND person_id = ANY(%b)"
    return {person for (person,) in sql.run(statement, [kind, list(people)])}


def locked(
    people: Collection[uuid.UUID],
) -> dict[uuid.UUID, tuple[dict[str, Any], dict[str, Any], dt.datetime]]:
    """{person: (traits, their facts, first seen)}, locked until the transaction ends.

    Raises Raced if one was merged or erased since they were looked up.
    """
    rows = sql.run(
        "SELECT id, traits::text, trait_facts::text, first_seen_at, merged_into_id IS NOT NULL OR erased_at IS NOT NULL"
        " FROM people_person WHERE id = ANY(%b) ORDER BY id FOR NO KEY UPDATE",
        [sql.UuidArray([person.bytes for person in people])],
    )
    if any(gone for *_, gone in rows):
        raise Raced
    decode = msgspec.json.decode
    return {pk: (decode(traits), decode(origins), seen) for pk, traits, origins, seen, _gone in rows}


def heard_of_since(
    people: Collection[uuid.UUID], *, token: str, source: str, since: dt.datetime
) -> set[uuid.UUID]:
    """Those with identifiers that others linked, with others merged into them, or seen after they came."""
    ids = list(people)
    rows = sql.run(
        f"SELECT person_id FROM people_identifier i WHERE person_id = ANY(%b) AND NOT {_OF_IMPORT}"
        " UNION SELECT survivor_id FROM people_merge WHERE survivor_id = ANY(%b) AND undone_at IS NULL"
        " UNION SELECT id FROM people_person WHERE id = ANY(%b) AND last_seen_at > first_seen_at"
        " AND last_seen_at > %b",
        [ids, token, source, ids, ids, since],
    )
    return {pk for (pk,) in rows}


def write_back(people: Mapping[uuid.UUID, Person], gone: set[uuid.UUID]) -> None:
    """Writes traits and first seen. Those in `gone` become empty tombstones, as after an erasure: what refers to them
    stays valid and says nothing.
    """
    for pk in gone:
        people[pk].traits, people[pk].trait_facts = {}, {}
    encode = msgspec.json.encode
    everybody = list(people.values())
    shown = [denormalised(person.traits) for person in everybody]
    sql.run(
        "UPDATE people_person p SET name = n.name, email = n.email, traits = n.traits::jsonb,"
        " trait_facts = n.facts::jsonb, first_seen_at = n.seen, version = p.version + 1, updated_at = now(),"
        " erased_at = CASE WHEN n.gone THEN now() ELSE p.erased_at END"
        " FROM unnest(%b::uuid[], %b::text[], %b::text[], %b::text[], %b::text[], %b::timestamptz[], %b::bool[])"
        " AS n (id, name, email, traits, facts, seen, gone) WHERE p.id = n.id",
        [
            list(people),
            [name for name, _ in shown],
            [email for _, email in shown],
            [encode(person.traits).decode() for person in everybody],
            [encode(person.trait_facts).decode() for person in everybody],
            [person.first_seen_at for person in everybody],
            [person.pk in gone for person in everybody],
        ],
    )


def unlink(links: Mapping[uuid.UUID, Collection[Link]], *, token: str, source: str) -> None:
    """Takes identifiers away from people where this import linked them."""
    rows = [(pk, *link) for pk, given in links.items() for link in given]
    if rows:
        sql.run(
            "DELETE FROM people_identifier i USING unnest(%b::uuid[], %b::text[], %b::text[]) AS n (p, t, v)"
            f" WHERE i.person_id = n.p AND i.type = n.t AND i.value = n.v AND {_OF_IMPORT}",
            [*(list(column) for column in zip(*rows, strict=True)), token, source],
        )


def forget_refusals(people: Collection[uuid.UUID], *, token: str) -> None:
    """Deletes what the rules of traits refused of this import."""
    sql.run(
        "DELETE FROM people_rejectedfact WHERE subject_id = ANY(%b) AND starts_with(message_id, %b)",
        [list(people), token],
    )
