"""What journeys hold about a person: handed out, forgotten, and moved when two become one."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from rapport.core import sql
from rapport.core.clock import SYSTEM, Clock
from rapport.core.registry import PersonalData
from rapport.governance.models import SubjectRequest
from rapport.journeys.models import Enrolment, HeardEvent, JourneyTask, ReplaySample
from rapport.journeys.services import tallies
from rapport.people.models import Merge
from rapport.people.registry import Mergeable, Pair
from rapport.people.services import families
from rapport.people.services.moving import move_rows, rows_follow

TABLE = "journeys_enrolment"
# No transaction that lets people in takes longer.
CROSSING = dt.timedelta(minutes=10)
# Of several live runs of one journey and key, the person goes on with the one entered first. One that ended while this
# waited for it is left as it is.
_TWICE = """
    WITH pair AS (SELECT * FROM unnest(%b::uuid[], %b::uuid[]) AS t (absorbed, survivor)),
    ranked AS (
        SELECT e.id, e.person_id, row_number() OVER (
            PARTITION BY e.journey_id, e.key, coalesce(pair.survivor, e.person_id) ORDER BY e.entered_at, e.id) AS place
        FROM journeys_enrolment e LEFT JOIN pair ON pair.absorbed = e.person_id
        WHERE e.ended_at IS NULL AND (e.person_id = ANY(%b::uuid[]) OR e.person_id = ANY(%b::uuid[]))
    )
    UPDATE journeys_enrolment e SET ended_at = statement_timestamp(), outcome = 'merged'
    FROM ranked WHERE ranked.id = e.id AND ranked.place > 1 AND e.ended_at IS NULL RETURNING e.id, ranked.person_id
"""


def export(person_ids: list[uuid.UUID]) -> dict[str, Any]:
    rows = Enrolment.objects.filter(person_id__in=person_ids).select_related("journey")
    return {
        "journeys": [
            {
                "journey": row.journey.name,
                "key": row.key,
                "entered_at": row.entered_at.isoformat(),
                "ended_at": row.ended_at.isoformat() if row.ended_at else None,
                "outcome": row.outcome,
                "step": row.step,
                "error": row.error,
                "data": row.data,
                "steps": [
                    {"step": passage.step, "branch": passage.branch, "at": passage.at.isoformat()}
                    for passage in row.passages.order_by("pk")
                ],
            }
            for row in rows.order_by("entered_at", "pk")
        ],
        "journeys_tried": [
            {"journey": row.replay.journey.name, "at": row.replay.created_at.isoformat(), "data": row.data}
            for row in ReplaySample.objects.filter(person_id__in=person_ids)
            .select_related("replay__journey")
            .order_by("pk")
        ],
        "tasks_about_them": [
            {
                "about": row.title,
                "text": row.text,
                "state": row.state,
                "note": row.note,
                "at": row.created_at.isoformat(),
            }
            for row in JourneyTask.objects.filter(person_id__in=person_ids).order_by("created_at", "pk")
        ],
    }


def erase(person_ids: list[uuid.UUID], clock: Clock = SYSTEM) -> dict[str, int]:
    """Their runs go; figures are counted from events, which name nobody any more."""
    HeardEvent.objects.filter(person__in=person_ids).delete()
    ReplaySample.objects.filter(person__in=person_ids).delete()
    rows = Enrolment.objects.filter(person_id__in=person_ids)
    gone = len(
        rows.select_for_update().order_by("pk").values_list("pk")
    )  # nobody moves on while they are counted
    _count_out(rows.filter(ended_at=None))
    rows.delete()
    tasks, _by_model = JourneyTask.objects.filter(person_id__in=person_ids).delete()
    return {TABLE: gone, "journeys_journeytask": tasks}


def _count_out(rows: QuerySet[Enrolment], sign: int = 1) -> None:
    """They stand at their steps no more; with -1, again."""
    counted = rows.order_by().values_list("journey", "version", "step").annotate(n=Count("pk"))
    for journey, version, step, count in counted:
        tallies.gone(journey, [(version, step, sign * count)])


def merge(pairs: list[Pair]) -> dict[uuid.UUID, Any]:
    """The survivor goes on where either was; {absorbed: {"rows": moved, "ended": ids}}."""
    ends: dict[uuid.UUID, uuid.UUID] = {}
    for survivor, absorbed in pairs:
        ends = {start: survivor if end == absorbed else end for start, end in ends.items()}
        ends[absorbed] = survivor
    absorbed_ids, survivors = list(ends), list(ends.values())
    twice = sql.run(_TWICE, [absorbed_ids, survivors, absorbed_ids, survivors])
    _count_out(Enrolment.objects.filter(pk__in=[pk for pk, _owner in twice]))
    moved = move_rows([TABLE], pairs)
    snapshots: dict[uuid.UUID, Any] = {absorbed: {"rows": rows} for absorbed, rows in moved.items()}
    for pk, owner in twice:
        absorbed = owner if owner in ends else next(a for a, s in ends.items() if s == owner)
        snapshots.setdefault(absorbed, {}).setdefault("ended", []).append(pk)
    return snapshots


def unmerge(pair: Pair, snapshot: Any) -> None:
    """Each goes on with their own, where they stood."""
    survivor, absorbed = pair
    for ids in ((snapshot or {}).get("rows") or {}).values():
        Enrolment.objects.filter(pk__in=ids, person_id=survivor).update(person_id=absorbed)
    ended = Enrolment.objects.filter(
        pk__in=(snapshot or {}).get("ended", ()), outcome=Enrolment.Outcome.MERGED
    )
    begun_since = Enrolment.objects.filter(
        journey=OuterRef("journey"), person=OuterRef("person"), key=OuterRef("key"), ended_at=None
    )
    again = list(ended.filter(~Exists(begun_since)).values_list("pk", flat=True))
    rows = Enrolment.objects.filter(pk__in=again)
    rows.update(ended_at=None, outcome="")
    _count_out(rows, -1)


@transaction.atomic
def catch_up(clock: Clock = SYSTEM) -> int:
    """Runs and tasks that began while their person was merged or forgotten by somebody who could not see them yet.

    Whoever lets people in locks nobody, so that neither waits for the other. Returns of how many persons.
    """
    since = clock.now() - CROSSING
    receipts = SubjectRequest.objects.filter(kind=SubjectRequest.Kind.ERASURE, requested_at__gt=since)
    named = [receipt.get("person_ids", ()) for receipt in receipts.values_list("receipt", flat=True)]
    forgotten = _strays([uuid.UUID(person) for ids in named for person in ids])
    erase(forgotten, clock)
    merges = Merge.objects.filter(recorded_at__gt=Now() - CROSSING, undone_at=None)
    absorbed = _strays(merges.values("absorbed_id"))
    if absorbed:
        root_of = families.lock(absorbed).root_of
        pairs = [(root_of[person], person) for person in absorbed if root_of[person] != person]
        merge(pairs)
        TASKS_FOLLOW.merge(pairs)
    return len(forgotten) + len(absorbed)


def _strays(person_ids: Any) -> list[uuid.UUID]:
    """Those of them who have runs or tasks."""
    rows = [
        model.objects.filter(person_id__in=person_ids).values("person_id")
        for model in (Enrolment, JourneyTask)
    ]
    return sorted({row["person_id"] for row in rows[0].union(rows[1])})


HOLDER = PersonalData(
    "journeys",
    (
        "journeys.Enrolment.person",
        "journeys.Enrolment.key",
        "journeys.Enrolment.data",
        "journeys.Enrolment.error",
        "journeys.HeardEvent.person",
        "journeys.HeardEvent.properties",
        "journeys.Passage.because",
        "journeys.ReplaySample.person",
        "journeys.ReplaySample.data",
        "journeys.StepAnswer.answer",
        "journeys.StepAnswer.because",
        "journeys.JourneyTask.person",
        "journeys.JourneyTask.note",
    ),
    export,
    erase,
)
MERGEABLE = Mergeable("journeys", ("journeys.Enrolment.person",), merge, unmerge)
TASKS_FOLLOW = rows_follow("tasks of journeys", JourneyTask)
