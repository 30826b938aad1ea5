"""Reads of segments and of who is in them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404
from django.urls import reverse

from rapport.core import clickhouse
from rapport.core.access import Actor
from rapport.core.links import RecordUse, UseFinder
from rapport.core.process_cache import kept_for
from rapport.people.models import Person
from rapport.people.queries import people, sees_everybody
from rapport.segments.language import tree
from rapport.segments.models import DefinitionVersion, ListEntry, Membership, Segment


def segments(actor: Actor) -> QuerySet[Segment]:
    """Segments the actor may see, without the archived."""
    if not actor.may("segments.view"):
        return Segment.objects.none()
    return Segment.objects.filter(archived_at=None)


@kept_for(10.0)
def names() -> dict[str, str]:
    """{key: name} of all segments, for conditions in words."""
    return dict(Segment.objects.values_list("key", "name"))


def ruled() -> QuerySet[Segment]:
    """Live segments whose members a definition decides (the others are lists kept by hand)."""
    return Segment.objects.filter(archived_at=None, kind=Segment.Kind.RULES)


def segment_for(actor: Actor, id_or_key: uuid.UUID | str) -> Segment:
    """One segment by id or key, archived ones too. Raises Http404."""
    if not actor.may("segments.view"):
        raise Http404("no such segment")
    try:
        wanted = {"id": uuid.UUID(str(id_or_key))}
    except ValueError:
        segment = Segment.objects.filter(key=str(id_or_key)).first()
    else:
        segment = Segment.objects.filter(**wanted).first()
    if segment is None:
        raise Http404("no such segment")
    return segment


def members(actor: Actor, segment: Segment) -> QuerySet[Membership]:
    """Who is in now, of those whom the actor may see; newest first."""
    visible = Membership.objects.filter(segment=segment)
    if not sees_everybody(actor):
        visible = visible.filter(person__in=people(actor))
    return visible.select_related("person").order_by("-entered_at", "pk")


def people_in_segment(actor: Actor, key: str) -> QuerySet[Person]:
    """Who is in the segment now: a scope of exports. Raises Http404."""
    inside = Membership.objects.filter(segment=segment_for(actor, key), person_id=OuterRef("pk"))
    return people(actor).filter(Exists(inside))


def membership_cells(
    key: str, person_ids: Sequence[uuid.UUID], _headers: Sequence[str]
) -> dict[uuid.UUID, dict[str, str]]:
    """When each of them entered the segment, for exports."""
    members = Membership.objects.filter(segment__key=key, person_id__in=person_ids)
    return {
        pk: {"segment.entered_at": at.isoformat()}
        for pk, at in members.values_list("person_id", "entered_at")
    }


def members_after(segment_id: uuid.UUID, *, cursor: int, limit: int) -> list[Membership]:
    """The next memberships after the one with the id `cursor`: everybody, in order, whoever looks."""
    rows = Membership.objects.filter(segment_id=segment_id, pk__gt=cursor)
    return list(rows.order_by("pk")[:limit])


def members_sql(segment: str) -> str:
    """SQL: the ids of everybody in the segment with this id, for statements of higher apps."""
    return f"(SELECT person_id FROM segments_membership WHERE segment_id = {segment})"


def segments_of(person_id: uuid.UUID) -> list[Membership]:
    """The memberships of a person, each with its segment, newest first."""
    memberships = Membership.objects.filter(person_id=person_id, segment__archived_at=None)
    return list(memberships.select_related("segment").order_by("-entered_at"))


def names_of(person_ids: list[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    """{person: names of their segments}. One query."""
    names: dict[uuid.UUID, list[str]] = {}
    rows = Membership.objects.filter(person_id__in=person_ids, segment__archived_at=None).order_by(
        "segment__name"
    )
    for person, name in rows.values_list("person_id", "segment__name"):
        names.setdefault(person, []).append(name)
    return names


def profile_section(person_id: uuid.UUID) -> list[dict[str, Any]]:
    """The person's segments as they stand in the REST API."""
    return [
        {
            "id": str(membership.segment_id),
            "key": membership.segment.key,
            "name": membership.segment.name,
            "entered_at": membership.entered_at.isoformat(),
        }
        for membership in segments_of(person_id)
    ]


def in_levels(live: Iterable[Segment]) -> list[list[Segment]]:
    """Segments in the order in which they can be decided: each after those whose membership it looks at."""
    by_key = {segment.key: segment for segment in live}
    needs = {key: tree.references(segment.definition) & by_key.keys() for key, segment in by_key.items()}
    levels: list[list[Segment]] = []
    while needs:
        ready = sorted(key for key, keys in needs.items() if not keys & needs.keys()) or sorted(needs)
        levels.append([by_key[key] for key in ready])
        needs = {key: keys for key, keys in needs.items() if key not in ready}
    return levels


def unready(keys: Iterable[str]) -> bool:
    """Whether one of these segments is still to be computed (and does not fail)."""
    waiting = ruled().filter(key__in=list(keys), requested_at__isnull=False, problem="")
    return waiting.exists()


def dependents(keys: Iterable[str]) -> list[Segment]:
    """Live segments that look at the membership of one of these directly."""
    wanted = set(keys)
    live = Segment.objects.filter(archived_at=None)
    return [segment for segment in live if tree.references(segment.definition) & wanted]


def versions(segment: Segment) -> list[DefinitionVersion]:
    """Every definition the segment has had, newest first."""
    return list(DefinitionVersion.objects.filter(segment=segment).order_by("-version"))


def entries(segment: Segment, person_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, ListEntry]:
    """{person: how they came on the list}. One query."""
    rows = ListEntry.objects.filter(segment=segment, person_id__in=list(person_ids))
    return {entry.person_id: entry for entry in rows}


def _segments_in(segment_ids: list[uuid.UUID]) -> dict[uuid.UUID, list[RecordUse]]:
    """The segments whose rules name these."""
    keys = Segment.objects.filter(pk__in=segment_ids).values_list("pk", "key")
    return {
        pk: [
            RecordUse("segment", other.name, reverse("segments:segment", args=[other.key]), blocks=True)
            for other in dependents([key])
        ]
        for pk, key in keys
    }


FINDER = UseFinder("segments of segments", "segment", _segments_in)


def growth(segment: Segment, *, days: int, today: dt.date) -> list[tuple[dt.date, int, int, int]]:
    """Per day: (day, entered, left, size at its end), counted back from the present size.

    The first computation of a definition is its beginning, no growth; days before there was a segment are left out.
    """
    sql = """
        SELECT toDate(at) AS day, countIf(entered = 1) AS came, countIf(entered = 0) AS departed
        FROM segment_moves WHERE segment_id = {segment:UUID} AND at >= {since:Date}
            AND NOT (at BETWEEN {requested:DateTime64(3, 'UTC')} AND {computed:DateTime64(3, 'UTC')})
        GROUP BY day
    """
    since = today - dt.timedelta(days=days - 1)
    requested, computed = _beginning(segment)
    bound = {
        "since": since.isoformat(),
        "segment": str(segment.pk),
        "requested": requested,
        "computed": computed,
    }
    rows = clickhouse.rows(sql, bound)
    moves = {row["day"]: (row["came"], row["departed"]) for row in rows}
    size, series = segment.size, []
    for back in range(days):
        day = today - dt.timedelta(days=back)
        entered, left = moves.get(day, (0, 0))
        series.append((day, entered, left, max(size, 0)))
        size -= entered - left
    born = min([segment.created_at.date(), *moves]) - dt.timedelta(days=1)
    return [line for line in series[::-1] if line[0] >= born]


def _beginning(segment: Segment) -> tuple[str, str]:
    """The time in which the present definition was computed first, as ClickHouse reads it."""
    if segment.first_requested_at is None or segment.first_computed_at is None:
        return "1970-01-01 00:00:00.000", "1970-01-01 00:00:00.000"
    requested, computed = (
        moment.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        for moment in (segment.first_requested_at, segment.first_computed_at)
    )
    return requested, computed


def changes(segments: Sequence[Segment], *, days: int, now: dt.datetime) -> dict[uuid.UUID, int]:
    """{segment: entered less left, in the last days}; empty while the event store does not answer.

    Segments whose definition was never computed have none, and its first computation is no growth.
    """
    begun = now - dt.timedelta(days=days)
    new = [
        segment for segment in segments if segment.first_computed_at and segment.first_computed_at >= begun
    ]
    bound: dict[str, Any] = {"segments": [str(segment.pk) for segment in segments]}
    firsts = ["0"]
    for number, segment in enumerate(new):
        requested, computed = _beginning(segment)
        bound |= {f"new{number}": str(segment.pk), f"from{number}": requested, f"until{number}": computed}
        firsts.append(
            f"segment_id = {{new{number}:UUID}}"
            f" AND at BETWEEN {{from{number}:DateTime64(3, 'UTC')}} AND {{until{number}:DateTime64(3, 'UTC')}}"
        )
    sql = f"""
        SELECT segment_id AS segment, toInt64(countIf(entered = 1)) - toInt64(countIf(entered = 0)) AS difference
        FROM segment_moves
        WHERE segment_id IN {{segments:Array(UUID)}} AND at >= {{since:DateTime64(3, 'UTC')}}
            AND NOT ({" OR ".join(firsts)})
        GROUP BY segment
    """
    try:
        rows = clickhouse.rows(sql, bound | {"since": begun.strftime("%Y-%m-%d %H:%M:%S")})
    except (ClickHouseError, OSError):
        return {}
    return {row["segment"]: row["difference"] for row in rows}


def keys_of(person_ids: Sequence[uuid.UUID], keys: Sequence[str]) -> dict[uuid.UUID, set[str]]:
    """{person: those of the segments with these keys that they are in}, for messages. One query."""
    rows = Membership.objects.filter(
        person_id__in=person_ids, segment__key__in=keys, segment__archived_at=None
    )
    answer: dict[uuid.UUID, set[str]] = {person_id: set() for person_id in person_ids}
    for person_id, key in rows.values_list("person_id", "segment__key"):
        answer[person_id].add(key)
    return answer


def known_members(
    segment_ids: Sequence[uuid.UUID], person_ids: Sequence[uuid.UUID]
) -> dict[str, list[uuid.UUID]]:
    """{segment id: those of `person_ids` who are stored members}, for the compiler."""
    rows = Membership.objects.filter(segment_id__in=segment_ids, person_id__in=person_ids)
    answer: dict[str, list[uuid.UUID]] = {str(segment_id): [] for segment_id in segment_ids}
    for segment_id, person_id in rows.values_list("segment_id", "person_id"):
        answer[str(segment_id)].append(person_id)
    return answer
