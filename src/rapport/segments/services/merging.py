"""Membership when two persons become one, and when they are parted again.

A stay of the absorbed person goes on as the survivor's, silently: nobody entered or left. What no longer
fits is put right by live upkeep, which looks at both right after.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import connection

from rapport.people.registry import Pair
from rapport.segments.models import Membership, Segment
from rapport.segments.services import changes, lists, store

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
    lists.carry_entries(final)
    with connection.cursor() as cursor:
        cursor.execute(_CARRY, [list(final), list(final.values())])
        rows = cursor.fetchall()
    if not rows:
        return {}
    snapshots: dict[uuid.UUID, Any] = {}
    moved = []
    for entered, segment_id, person_id, at, version in rows:
        moved.append(store.Change(segment_id, person_id, entered, at))
        if not entered:
            snapshots.setdefault(person_id, []).append([str(segment_id), at.isoformat(), version])
    changes.settle(moved)
    return snapshots


def unmerge(pair: Pair, snapshot: Any) -> None:
    """Gives the absorbed person their stays back, in segments that still exist."""
    absorbed = pair[1]
    stays = {uuid.UUID(segment): (at, version) for segment, at, version in snapshot or []}
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
    changes.settle([store.Change(row.segment_id, absorbed, True, row.entered_at) for row in rows])
