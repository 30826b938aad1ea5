"""What was known of people at past moments, as far as the histories of traits and segments go back."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from rapport.core import clickhouse
from rapport.core.queries import workspace
from rapport.messaging.services.foreseeing import Planned, Steady, refusals_then
from rapport.messaging.services.quiet import zone_of
from rapport.people.models import Person
from rapport.people.queries import families
from rapport.segments.models import Membership, Segment

Timeline = list[tuple[dt.datetime, Any]]
MISSING = object()
_MOMENT = "DateTime64(3, 'UTC')"
_CHANGES = (
    "SELECT person_id, trait, at, old, new, source FROM trait_history"
    " WHERE person_id IN {people:Array(UUID)} AND entity = 'person' ORDER BY person_id, trait, recorded_at, at"
)
_MOVES = (
    "SELECT segment_id, person_id, at, entered FROM segment_moves"
    " WHERE segment_id IN {segments:Array(UUID)} AND person_id IN {people:Array(UUID)} ORDER BY at, entered"
)
_BEGINNINGS = (
    "SELECT segment_id, min(at) AS at FROM segment_moves"
    " WHERE segment_id IN {segments:Array(UUID)} GROUP BY segment_id"
)


def aware(at: dt.datetime) -> dt.datetime:
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)


class PastWorld:
    """The counterpart of `LiveWorld`: `now` is set to each moment in turn. What a replayed step changes holds later.

    Traits that `own` (the journey itself, as a source) changed in reality are left out: the replay changes them anew.
    """

    def __init__(
        self, person_ids: Sequence[uuid.UUID], segments: Collection[str], *, now: dt.datetime, own: str
    ) -> None:
        self.now = now
        self._own = own
        self._fallback = workspace().time_zone
        rows = Person.objects.filter(pk__in=person_ids, merged_into=None, erased_at=None)
        self._base: dict[uuid.UUID, dict[str, Any]] = {
            pk: {"name": name, "email": email, **traits}
            for pk, traits, name, email in rows.values_list("pk", "traits", "name", "email")
        }
        self._steady = Steady(self._base)
        self._lines: dict[uuid.UUID, dict[str, Timeline]] = {}
        self._inside: dict[str, dict[uuid.UUID, Timeline]] = {}
        self.begins: dict[str, dt.datetime] = {}
        homes = {member: home for home, family in families(list(self._base)).items() for member in family}
        if homes:
            self._read_traits(homes)
            self._read_segments(homes, segments)

    def traits(self, person_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
        return {person: self._traits_of(person) for person in person_ids if person in self._base}

    def members(self, segment: str, person_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
        moves = self._inside.get(segment, {})
        return {person for person in person_ids if person in moves and _at(moves[person], self.now) is True}

    def refused(self, purpose: str, channel: str, person_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, str]:
        there = [person for person in person_ids if person in self._base]
        return refusals_then([Planned(person, channel, purpose, self.now) for person in there], self._steady)

    def zone(self, person_id: uuid.UUID) -> ZoneInfo:
        return zone_of(self._traits_of(person_id), self._fallback)

    def lay(self, person_id: uuid.UUID, traits: Mapping[str, Any]) -> None:
        """Changes traits from now on, as a replayed step would."""
        base, lines = self._base.get(person_id), self._lines.setdefault(person_id, {})
        if base is None:
            return
        for name, value in traits.items():
            line = lines.setdefault(name, [(_EVER, base.get(name, MISSING))])
            line.insert(
                bisect_right(line, self.now, key=_moment), (self.now, MISSING if value is None else value)
            )

    def _traits_of(self, person_id: uuid.UUID) -> Mapping[str, Any]:
        base = self._base.get(person_id, {})
        if not (lines := self._lines.get(person_id)):
            return base
        values = dict(base)
        for name, line in lines.items():
            value = _at(line, self.now)
            if value is MISSING:
                values.pop(name, None)
            else:
                values[name] = value
        return values

    def _read_traits(self, homes: Mapping[uuid.UUID, uuid.UUID]) -> None:
        rows = clickhouse.rows(_CHANGES, {"people": list(homes)})
        for row in rows:
            if row["source"] == self._own:
                continue
            line = self._lines.setdefault(homes[row["person_id"]], {}).setdefault(row["trait"], [])
            if not line:
                line.append((_EVER, _value(row["old"])))
            line.append((aware(row["at"]), _value(row["new"])))
        for lines in self._lines.values():
            for line in lines.values():
                line.sort(key=_moment)

    def _read_segments(self, homes: Mapping[uuid.UUID, uuid.UUID], keys: Collection[str]) -> None:
        """Before a segment's history begins, whoever was in it at first counts as in it."""
        ids = dict(Segment.objects.filter(key__in=list(keys)).values_list("pk", "key"))
        if not ids:
            return
        for row in clickhouse.rows(_BEGINNINGS, {"segments": list(ids)}):
            self.begins[ids[row["segment_id"]]] = aware(row["at"])
        moves: dict[tuple[str, uuid.UUID], Timeline] = defaultdict(list)
        for row in clickhouse.rows(_MOVES, {"segments": list(ids), "people": list(homes)}):
            moves[(ids[row["segment_id"]], homes[row["person_id"]])].append(
                (aware(row["at"]), bool(row["entered"]))
            )
        members = Membership.objects.filter(segment_id__in=ids, person_id__in=self._base)
        for segment, person in members.values_list("segment_id", "person_id"):
            moves.setdefault((ids[segment], person), [(_EVER, True)])
        for (key, person), line in moves.items():
            first, was_let_in = line[0]
            if first != _EVER:
                is_initial = first <= self.begins.get(key, first) and was_let_in
                line.insert(0, (_EVER, True if is_initial else not was_let_in))
            self._inside.setdefault(key, {})[person] = line


_EVER = dt.datetime(1, 1, 1, tzinfo=dt.UTC)


def _moment(entry: tuple[dt.datetime, Any]) -> dt.datetime:
    return entry[0]


def _at(line: Timeline, now: dt.datetime) -> Any:
    return line[bisect_right(line, now, key=_moment) - 1][1]


def _value(text: str) -> Any:
    return json.loads(text) if text else MISSING
