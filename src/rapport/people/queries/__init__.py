"""Every read of persons, scoped to what the actor may see."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404

from rapport.core import sql
from rapport.core.access import Actor
from rapport.core.permissions import Reach
from rapport.people import identity_types
from rapport.people.models import Company, Identifier, Merge, NotSame, Person
from rapport.people.normalise import normalise


def people(actor: Actor, permission: str = "people.view") -> QuerySet[Person]:
    """Persons the actor may see (or edit, with that permission): neither merged away nor erased."""
    return Person.objects.visible_to(actor, permission).filter(merged_into=None, erased_at=None)


def people_and_merged(actor: Actor) -> QuerySet[Person]:
    """Persons the actor may see, and those that were merged into others: what links of the past name."""
    return Person.objects.visible_to(actor, "people.view").filter(erased_at=None)


def sees_everybody(actor: Actor) -> bool:
    """Whether the actor may read what may be of anybody, such as files and payloads as they came."""
    return actor.reach("people.view") is Reach.ALL


def person_for(actor: Actor, person_id: uuid.UUID | str) -> Person:
    """The person, or the one it was merged into. Raises Http404."""
    try:
        wanted = uuid.UUID(str(person_id))
    except ValueError as error:
        raise Http404("no such person") from error
    person = people(actor).filter(pk=survivor_of([wanted]).get(wanted, wanted)).first()
    if person is None:
        raise Http404("no such person")
    return person


def find(actor: Actor, identifier: str) -> Person | None:
    """The person named by "type:value" (such as `email:a@b.c`), or None."""
    type_, _, raw = identifier.partition(":")
    value = normalise(type_, raw)
    if not value:
        return None
    return people(actor).filter(identifiers__type=type_, identifiers__value=value).first()


def named_by(identifiers: Iterable[tuple[str, str]]) -> set[uuid.UUID]:
    """Everybody whom one of these normal (type, value) names, whoever asks. One query."""
    wanted = set(identifiers)
    rows = Identifier.objects.filter(
        type__in={kind for kind, _ in wanted}, value__in={value for _, value in wanted}
    )
    links = rows.values_list("person_id", "type", "value")
    return {person for person, kind, value in links if (kind, value) in wanted}


def named_among(person_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Those whom an identifier names: an address, the number of a customer or a card; no visit, no row of a file."""
    types = identity_types.current().identifying - {"import_key"}
    rows = Identifier.objects.filter(person_id__in=set(person_ids), type__in=types)
    return set(rows.values_list("person_id", flat=True))


def visible_ids(actor: Actor, person_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the ids whose person, or whoever they were merged into, the actor may see."""
    wanted = set(person_ids)
    if not wanted or actor.reach("people.view") is Reach.ALL:
        return wanted
    survivors = survivor_of(wanted)
    visible = set(people(actor).filter(pk__in=set(survivors.values())).values_list("pk", flat=True))
    return {member for member, survivor in survivors.items() if survivor in visible}


def require_persons(actor: Actor, permission: str, person_ids: Iterable[uuid.UUID]) -> None:
    """Raises PermissionDenied unless the permission covers all of these persons."""
    actor.require(permission)
    if actor.reach(permission) is Reach.ALL:
        return
    wanted = set(survivor_of(person_ids).values())
    if Person.objects.visible_to(actor, permission).filter(pk__in=wanted).count() < len(wanted):
        raise PermissionDenied(f"{actor.label} has the permission {permission} for other records only.")


def require_companies(actor: Actor, permission: str, company_ids: Iterable[uuid.UUID]) -> None:
    """Raises PermissionDenied unless the permission covers all of these companies."""
    actor.require(permission)
    if actor.reach(permission) is Reach.ALL:
        return
    wanted = set(company_ids)
    if Company.objects.visible_to(actor, permission).filter(pk__in=wanted).count() < len(wanted):
        raise PermissionDenied(f"{actor.label} has the permission {permission} for other records only.")


def identifiers_of(person: Person) -> QuerySet[Identifier]:
    return person.identifiers.order_by("type", "first_seen_at")


def merges_of(person: Person) -> QuerySet[Merge]:
    """The journal of merges into this person, newest first."""
    return Merge.objects.filter(survivor_id__in=family(person.pk)).order_by("-id")


def companies(actor: Actor) -> QuerySet[Company]:
    return Company.objects.visible_to(actor, "people.view")


def survivor_of(person_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """{id: id of the person it is part of now}, for ids that exist. One query."""
    statement = """
        WITH RECURSIVE up AS (
            SELECT id AS asked, id, merged_into_id FROM people_person WHERE id = ANY(%b)
            UNION ALL
            SELECT up.asked, p.id, p.merged_into_id FROM up JOIN people_person p ON p.id = up.merged_into_id
        ) SELECT asked, id FROM up WHERE merged_into_id IS NULL
    """
    return dict(sql.run(statement, [list(person_ids)]))


def families(person_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[uuid.UUID]]:
    """{person: [the person and everybody merged into them]}. One query."""
    statement = """
        WITH RECURSIVE down AS (
            SELECT id AS root, id FROM people_person WHERE id = ANY(%b)
            UNION ALL
            SELECT down.root, p.id FROM down JOIN people_person p ON p.merged_into_id = down.id
        ) SELECT root, id FROM down
    """
    members: dict[uuid.UUID, list[uuid.UUID]] = {}
    for root, member in sql.run(statement, [list(person_ids)]):
        members.setdefault(root, []).append(member)
    return members


def survivors_sql(source: str) -> str:
    """SQL: the body of a recursive `up` (member, survivor): each `person_id` of `source`, and who they became."""
    return f"""
        SELECT DISTINCT person_id AS member, person_id AS survivor FROM {source}
        UNION
        SELECT up.member, p.merged_into_id FROM up JOIN people_person p ON p.id = up.survivor
        WHERE p.merged_into_id IS NOT NULL
    """


def how_known(person_ids: Iterable[uuid.UUID]) -> list[tuple[uuid.UUID, int, int, dt.datetime]]:
    """(person, how many customer numbers, how many identifiers, first seen) of those not erased. One query."""
    return sql.run(
        "SELECT p.id, count(*) FILTER (WHERE i.type = 'user_id'), count(i.id), p.first_seen_at FROM people_person p"
        " LEFT JOIN people_identifier i ON i.person_id = p.id WHERE p.id = ANY(%b) AND p.erased_at IS NULL"
        " GROUP BY p.id, p.first_seen_at",
        [list(person_ids)],
    )


def family(person_id: uuid.UUID) -> list[uuid.UUID]:
    """The person and everybody merged into them."""
    return families([person_id]).get(person_id, [person_id])


def kept_apart(pairs: Iterable[tuple[uuid.UUID, uuid.UUID]]) -> set[tuple[uuid.UUID, uuid.UUID]]:
    """Those of `pairs` of persons of whom somebody said that they, or any merged into them, are different people.

    One query. The pairs come back as they were given.
    """
    wanted = list(dict.fromkeys(pairs))
    if not wanted:
        return set()
    apart = apart_among({person for pair in wanted for person in pair})
    return {pair for pair in wanted if pair in apart}


def apart_among(person_ids: Iterable[uuid.UUID], *, ever: bool = False) -> set[tuple[uuid.UUID, uuid.UUID]]:
    """All pairs among these survivors that must not become one, both ways round. One query.

    `ever`: also those of whom it was taken back: a person may merge them again, a rule may not.
    """
    standing = "" if ever else "WHERE n.lifted_at IS NULL"
    statement = f"""
        WITH RECURSIVE down AS (
            SELECT id AS root, id FROM people_person WHERE id = ANY(%b)
            UNION ALL
            SELECT down.root, p.id FROM down JOIN people_person p ON p.merged_into_id = down.id
        ) SELECT DISTINCT a.root, b.root FROM people_notsame n
          JOIN down a ON a.id = n.first_id JOIN down b ON b.id = n.other_id {standing}
    """
    rows = sql.run(statement, [list(person_ids)])
    return {(first_id, other) for first_id, other in rows} | {(other, first_id) for first_id, other in rows}


def reasons_apart(first_id: uuid.UUID, other: uuid.UUID) -> QuerySet[NotSame]:
    """What keeps two persons apart now, oldest first."""
    firsts, others = family(first_id), family(other)
    return NotSame.objects.filter(
        Q(first_id__in=firsts, other_id__in=others) | Q(first_id__in=others, other_id__in=firsts),
        lifted_at=None,
    ).order_by("pk")


def present_sql() -> str:
    """SQL: the ids of everybody who is neither merged away nor erased, for statements of higher apps."""
    return "(SELECT id FROM people_person WHERE merged_into_id IS NULL AND erased_at IS NULL)"


def companies_above(
    company_ids: Iterable[uuid.UUID],
) -> dict[uuid.UUID, list[tuple[str, str, dict[str, Any]]]]:
    """{company: (group id, name, traits) of each that it belongs to, the nearest first}. One query."""
    rows = sql.run(
        "WITH RECURSIVE up AS (SELECT id AS start, parent_id AS id, 1 AS depth FROM people_company WHERE id = ANY(%b)"
        " UNION SELECT up.start, c.parent_id, depth + 1 FROM people_company c JOIN up ON c.id = up.id)"
        " SELECT up.start, c.group_id, c.name, c.traits::text FROM up JOIN people_company c ON c.id = up.id"
        " ORDER BY up.start, depth",
        [list(company_ids)],
    )
    above: dict[uuid.UUID, list[tuple[str, str, dict[str, Any]]]] = {}
    for start, group_id, name, traits in rows:
        above.setdefault(start, []).append((group_id, name, json.loads(traits)))
    return above
