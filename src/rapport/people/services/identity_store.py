"""The set-based statements under identity resolution. Only `services.identity` and its parts call them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from rapport.core import sql
from rapport.people import identity_types
from rapport.people.queries import apart_among
from rapport.people.services.canonical_ids import FirstEvent, Identifier, person_id_for
from rapport.people.services.policy import sources


class Raced(Exception):
    """Another worker changed the same persons or identifiers meanwhile; the batch is to be run again."""


class Owner(msgspec.Struct, frozen=True, gc=False):
    """Whose an identifier is now, where it is at home, and since when it is known."""

    person: uuid.UUID
    home: uuid.UUID
    born: dt.datetime
    is_vouched: bool


@dataclass(slots=True)
class PersonState:
    """A person in question: their identifiers with their first events, and from whom they are kept apart.

    `trusted`: a source that not everybody can write to has named them.
    """

    id: uuid.UUID
    first_seen: dt.datetime
    pinned: bool = False
    first_events: dict[Identifier, FirstEvent] = field(default_factory=dict)
    homes: dict[Identifier, uuid.UUID] = field(default_factory=dict)
    apart: set[uuid.UUID] = field(default_factory=set)
    trusted: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """One identifier that becomes a person's."""

    person: uuid.UUID
    home: uuid.UUID
    identifier: Identifier
    first_event: FirstEvent
    source: str


def owners_of(identifiers: Collection[Identifier]) -> dict[Identifier, Owner]:
    rows = sql.run(
        "SELECT i.type, i.value, i.person_id, i.home, i.first_seen_at, i.is_vouched FROM people_identifier i"
        " JOIN unnest(%b::text[], %b::text[]) AS w (type, value) USING (type, value)",
        [[i[0] for i in identifiers], [i[1] for i in identifiers]],
    )
    return {
        (type_, value): Owner(person, home or person, born, vouched)
        for type_, value, person, home, born, vouched in rows
    }


def taken(identifiers: Iterable[Identifier]) -> set[uuid.UUID]:
    """Those ids of new persons that somebody has, or had before they were merged or forgotten."""
    ids = [person_id_for(identifier) for identifier in identifiers]
    if not ids:
        return set()
    return {id_ for (id_,) in sql.run("SELECT id FROM people_person WHERE id = ANY(%b)", [ids])}


def exists(ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    if not ids:
        return set()
    return {id_ for (id_,) in sql.run("SELECT id FROM people_person WHERE id = ANY(%b)", [list(ids)])}


def lock(concerned: Collection[uuid.UUID], also: Collection[uuid.UUID]) -> dict[uuid.UUID, PersonState]:
    """Locks persons in the order of their ids; returns what must be known of those `concerned`.

    Raises Raced if one was merged, erased or removed since it was looked up.
    """
    everybody = sorted({*concerned, *also})
    if not everybody:
        return {}
    rows = sql.run(
        "SELECT id, merged_into_id IS NOT NULL OR erased_at IS NOT NULL, first_seen_at FROM people_person"
        " WHERE id = ANY(%b) ORDER BY id FOR NO KEY UPDATE",
        [everybody],
    )
    if len(rows) != len(everybody) or any(gone for _, gone, _ in rows):
        raise Raced
    wanted = set(concerned)
    people = {id_: PersonState(id_, seen) for id_, _, seen in rows if id_ in wanted}
    if people:
        _fill(people)
    return people


def _fill(people: dict[uuid.UUID, PersonState]) -> None:
    ids = list(people)
    linked = sql.run(
        "SELECT person_id, type, value, home, first_seen_at, message_id, came_with, source"
        " FROM people_identifier WHERE person_id = ANY(%b)",
        [ids],
    )
    naming = identity_types.current().identifying
    for person, type_, value, home, at, message_id, company, source in linked:
        row = people[person]
        row.trusted = row.trusted or (type_ in naming and not sources.is_public(source))
        row.first_events[type_, value] = FirstEvent(at, message_id, [parsed(text) for text in company or ()])
        row.homes[type_, value] = home or person
    for (id_,) in sql.run(
        "SELECT person_id FROM people_unmergedprofile WHERE pinned AND person_id = ANY(%b)", [ids]
    ):
        people[id_].pinned = True
    if len(ids) > 1:
        for first_id, other_id in apart_among(ids):
            people[first_id].apart.add(other_id)


def parsed(text: str) -> Identifier:
    kind, _, value = text.partition(":")
    return kind, value


def spelled(identifiers: Iterable[Identifier]) -> list[str]:
    return [f"{kind}:{value}" for kind, value in identifiers]


def insert_people(people: Sequence[tuple[uuid.UUID, dt.datetime, bool]]) -> None:
    """(id, first seen, known by name or address) of new persons."""
    if not people:
        return
    rows = sorted(people)
    sql.run(
        "INSERT INTO people_person (id, created_at, updated_at, first_seen_at, last_seen_at, is_identified,"
        " name, email, traits, trait_facts, version)"
        " SELECT id, now(), now(), seen, seen, known, '', '', '{}', '{}', 1"
        " FROM unnest(%b::uuid[], %b::timestamptz[], %b::bool[]) AS n (id, seen, known)"
        " ON CONFLICT (id) DO NOTHING",
        [list(column) for column in zip(*rows, strict=True)],
    )


def insert_links(links: Sequence[Link]) -> None:
    """In one order, so that two workers who bring the same newcomers wait for each other. Raises Raced."""
    if not links:
        return
    rows = [
        (
            link.person,
            *link.identifier,
            link.first_event.at,
            link.source[:120],
            link.first_event.message_id[:100],
            # Arrays of arrays cannot be of different lengths in PostgreSQL; control characters are no identifiers.
            "\x1f".join(spelled(link.first_event.seen_with)),
            link.home if link.home != link.person else None,
        )
        for link in sorted(links, key=lambda link: link.identifier)
    ]
    added = sql.run(
        "INSERT INTO people_identifier"
        " (person_id, type, value, first_seen_at, source, message_id, came_with, home)"
        " SELECT p, t, v, at, s, m, string_to_array(c, E'\\x1f'), h FROM unnest(%b::uuid[], %b::text[],"
        " %b::text[], %b::timestamptz[], %b::text[], %b::text[], %b::text[], %b::uuid[])"
        " AS n (p, t, v, at, s, m, c, h) ON CONFLICT (type, value) DO NOTHING RETURNING 1",
        [list(column) for column in zip(*rows, strict=True)],
    )
    if len(added) != len(rows):
        raise Raced


def insert_noted(noted: Collection[tuple[uuid.UUID, Identifier, dt.datetime, str]]) -> None:
    """Values that identify nobody by themselves, noted once for each person."""
    if not noted:
        return
    rows = sorted((person, *identifier, at, source[:120]) for person, identifier, at, source in noted)
    sql.run(
        "INSERT INTO people_sharedidentifier (person_id, type, value, first_seen_at, source)"
        " SELECT * FROM unnest(%b::uuid[], %b::text[], %b::text[], %b::timestamptz[], %b::text[])"
        " ON CONFLICT DO NOTHING",
        [list(column) for column in zip(*rows, strict=True)],
    )


def move_first_events(earlier: dict[Identifier, FirstEvent]) -> None:
    """Identifiers that came with an event earlier than was known."""
    if not earlier:
        return
    rows = [
        (
            *identifier,
            first_event.at,
            first_event.message_id[:100],
            "\x1f".join(spelled(first_event.seen_with)),
        )
        for identifier, first_event in sorted(earlier.items(), key=lambda item: item[0])
    ]
    sql.run(
        "UPDATE people_identifier i SET first_seen_at = n.at, message_id = n.m,"
        " came_with = string_to_array(n.c, E'\\x1f')"
        " FROM unnest(%b::text[], %b::text[], %b::timestamptz[], %b::text[], %b::text[]) AS n (t, v, at, m, c)"
        " WHERE i.type = n.t AND i.value = n.v AND (i.first_seen_at, i.message_id) > (n.at, n.m)",
        [list(column) for column in zip(*rows, strict=True)],
    )


def vouch(identifiers: Collection[Identifier]) -> None:
    """Notes that somebody who is believed said whose these are."""
    if identifiers:
        sql.run(
            "UPDATE people_identifier i SET is_vouched = true FROM unnest(%b::text[], %b::text[]) AS n (t, v)"
            " WHERE i.type = n.t AND i.value = n.v AND NOT i.is_vouched",
            [list(column) for column in zip(*sorted(identifiers), strict=True)],
        )


def mark_identified(person_ids: Collection[uuid.UUID]) -> None:
    if person_ids:
        sql.run(
            "UPDATE people_person SET is_identified = true WHERE id = ANY(%b) AND NOT is_identified",
            [sorted(person_ids)],
        )
