"""Who was in which segment and stage in the weeks before the demo was started, from what happened in them.

The shop's events reach back a year, but segments know only what they saw themselves: without this, every chart of a
segment would begin today.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from rapport.core import clickhouse, id_batch
from rapport.governance.models import ConsentRecord
from rapport.people.models import Person
from rapport.segments.language import times
from rapport.segments.lifecycle.services import evaluation
from rapport.segments.models import Lifecycle, Segment, Stage, StageDay
from rapport.segments.services import changes, compiler

DAYS = 90
BY_TIME = {"lapsed", "lapsing"}
Clause = dict[str, Any]
People = frozenset[uuid.UUID]
# Of each moment, who fitted.
Fits = list[People]


class Past:
    """Answers definitions as they would have been answered at each of some moments, by the events until then.

    Knows the kinds of clauses that the demo's segments and stages have.
    """

    def __init__(self, now: dt.datetime, days: int = DAYS) -> None:
        self.moments = [now - dt.timedelta(days=back) for back in range(days, 0, -1)]
        rows = Person.objects.filter(merged_into=None).values_list("pk", "first_seen_at", "is_identified")
        self._seen = {pk: at for pk, at, _ in rows}
        self._identified = frozenset(pk for pk, _, identified in rows if identified)
        self._answers: dict[str, Fits] = {}

    def fits(self, definition: Clause) -> Fits:
        """Who fitted, among those who had been seen."""
        present = self._by_moment(lambda at: (pk for pk, seen in self._seen.items() if seen <= at))
        return [then & people for then, people in zip(present, self._fits(definition), strict=True)]

    def _fits(self, clause: Clause) -> Fits:
        key = json.dumps(clause, sort_keys=True)
        if key not in self._answers:
            self._answers[key] = self._answer(clause)
        return self._answers[key]

    def _answer(self, clause: Clause) -> Fits:
        everybody = frozenset(self._seen)
        if "all" in clause or "any" in clause:
            operands = [self._fits(part) for part in clause["all" if "all" in clause else "any"]]
            start = everybody if "all" in clause else frozenset[uuid.UUID]()
            join = People.intersection if "all" in clause else People.union
            return [join(start, *(operand[n] for operand in operands)) for n in range(len(self.moments))]
        if "in_segment" in clause:
            return self._fits(Segment.objects.get(key=clause["in_segment"]).definition)
        if "consent" in clause:
            return self._consenting(clause)
        if clause.get("profile") == "identified":
            return [self._identified] * len(self.moments)
        return self._by_events(clause)

    def _by_events(self, clause: Clause) -> Fits:
        """One query for all moments."""
        rest = {name: value for name, value in clause.items() if name != "within"}
        windows = [
            [times.before(at, clause["within"]).isoformat() if "within" in clause else None, at.isoformat()]
            for at in self.moments
        ]
        compiled = compiler.compile_many(
            [rest | {"between": window} for window in windows],
            now=self.moments[-1],
            person_ids=list(self._seen),
        )
        rows = clickhouse.client().query(compiled.sql, parameters=compiled.parameters).result_rows
        id_batch.confirm(compiled.id_batches)
        return _turned(rows, len(self.moments))

    def _consenting(self, clause: Clause) -> Fits:
        lines = ConsentRecord.objects.filter(purpose__key=clause["consent"]).order_by("at", "pk")
        if "channel" in clause:
            lines = lines.filter(channel=clause["channel"])
        lines_by_time = list(lines.values_list("person_id", "at", "state"))
        return self._by_moment(
            lambda at: (
                pk
                for pk, state in {pk: state for pk, then, state in lines_by_time if then <= at}.items()
                if state == "granted"
            )
        )

    def _by_moment(self, who: Any) -> Fits:
        return [frozenset(who(at)) for at in self.moments]


def _turned(rows: Any, length: int) -> Fits:
    """{person: positions} as the persons at each position."""
    people: list[set[uuid.UUID]] = [set() for _ in range(length)]
    for person, positions in rows:
        for position in positions:
            people[position].add(person)
    return [frozenset(then) for then in people]


def seed(segments: list[Segment], now: dt.datetime) -> None:
    """Writes the past of new segments, and of the lifecycle if it is new; within the transaction that makes them."""
    past = Past(now)
    for segment in segments:
        _write_segment(segment, past)
    lifecycle = Lifecycle.objects.first()
    if lifecycle is not None and not StageDay.objects.exists():
        _write_stages(lifecycle, list(Stage.objects.all()), past)


def _write_segment(segment: Segment, past: Past) -> None:
    before: People = frozenset()
    for at, fits in zip(past.moments, past.fits(segment.definition), strict=True):
        came, gone = fits - before, before - fits
        for moved, by_time in ((came, segment.key in BY_TIME), (gone, segment.key not in BY_TIME)):
            changes.apply_difference(
                segments=[segment],
                person_ids=sorted(moved),
                fits={person: [0] for person in moved & fits},
                now=at,
                reason="time" if by_time else "event",
                live=False,
            )
        before = fits


def _write_stages(lifecycle: Lifecycle, stages: list[Stage], past: Past) -> None:
    before: Mapping[uuid.UUID, str] = {}
    days = []
    for at, stood in zip(past.moments, _stages_at(stages, past), strict=True):
        moved = [
            (person, key, before.get(person, ""), "time" if key in BY_TIME else "event")
            for person, key in stood.items()
            if before.get(person) != key
        ]
        evaluation.record(lifecycle, stages, moved, at)
        sizes: dict[str, int] = defaultdict(int)
        for key in stood.values():
            sizes[key] += 1
        days += [StageDay(day=at.date(), stage=stage.key, people=sizes[stage.key]) for stage in stages]
        before = stood
    StageDay.objects.bulk_create(days)


def _stages_at(stages: list[Stage], past: Past) -> Iterator[dict[uuid.UUID, str]]:
    """Of each moment, where everybody stood: in the first stage whose rule they fitted."""
    fits = [(stage.key, past.fits(stage.rule)) for stage in stages]
    for n in range(len(past.moments)):
        stood: dict[uuid.UUID, str] = {}
        for key, people in reversed(fits):
            stood |= dict.fromkeys(people[n], key)
        yield stood
