"""Membership when two persons become one, and when they are parted again.

A stay of the absorbed person goes on as the survivor's, silently: nobody entered or left. What no longer
fits is put right by live upkeep, which looks at both right after.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import connection

from rapport.core.clock import SYSTEM, Clock
from rapport.people.registry import Mergeable, Pair
from rapport.segments.models import Membership, Segment
from rapport.segments.services import changes, list_merging, store

_CARRY = """
    WITH pairs AS (SELECT * FROM unnest(%s::uuid[], %s::uuid[]) AS p(absorbed, survivor)),
    gone AS (
        DELETE FROM segments_membership m USING pairs p WHERE m.person_id = p.absorbed
        RETURNING m.segment_id, m.person_id, p.survivor, m.entered_at, m.definition_version
    ), came AS (
        INSERT INTO segments_membership (segment_id, person_id, entered_at, definition_version)
        SELECT segment_id, survivor, min(entered_at), max(definition_version) FROM gone
        GROUP BY segment_id, survivor
        ON CONFLICT DO NOTHING
        RETURNING segment_id, person_id, entered_at
    )
    SELECT FALSE, segment_id, person_id, entered_at, definition_version FROM gone
    UNION ALL SELECT TRUE, segment_id, person_id, entered_at, 0 FROM came
"""


def merge(pairs: list[Pair]) -> dict[uuid.UUID, Any]:
    """Carries the stays of each (survivor, absorbed) over; returns what an undo gives back."""
    final: dict[uuid.UUID, uuid.UUID] = {}
    for survivor, absorbed in pairs:
        final = {gone: (survivor if into == absorbed else into) for gone, into in final.items()}
        final[absorbed] = survivor
    entries = list_merging.merge(pairs)
    with connection.cursor() as cursor:
        cursor.execute(_CARRY, [list(final), list(final.values())])
        rows = cursor.fetchall()
    snapshots: dict[uuid.UUID, Any] = {absorbed: {"entries": lines} for absorbed, lines in entries.items()}
    moved = []
    for entered, segment_id, person_id, at, version in rows:
        moved.append(store.Change(segment_id, person_id, entered, at))
        if not entered:
            stay = [str(segment_id), at.isoformat(), version]
            snapshots.setdefault(person_id, {}).setdefault("stays", []).append(stay)
    changes.settle(moved)
    return snapshots


def unmerge(pair: Pair, snapshot: Any, clock: Clock = SYSTEM) -> None:
    """Gives the absorbed person their stays back, in segments that still exist."""
    absorbed, before = pair[1], snapshot or {}
    stays = {uuid.UUID(segment): (at, version) for segment, at, version in before.get("stays", [])}
    live = Segment.objects.filter(pk__in=stays, archived_at=None).values_list("pk", flat=True)
    present = set(Membership.objects.filter(person_id=absorbed).values_list("segment_id", flat=True))
    rows = [
        Membership(
            segment_id=segment_id,
            person_id=absorbed,
            entered_at=dt.datetime.fromisoformat(stays[segment_id][0]),
            definition_version=stays[segment_id][1],
        )
        for segment_id in live
        if segment_id not in present
    ]
    Membership.objects.bulk_create(rows)
    entered = [store.Change(row.segment_id, absorbed, True, row.entered_at) for row in rows]
    changes.settle([*entered, *list_merging.unmerge(pair, before.get("entries", []), clock.now())])


MERGEABLE = Mergeable(
    "segments", ("segments.Membership.person", "segments.ListEntry.person_id"), merge, unmerge
)
