"""What clauses compile into: bound parameters, columns of `people`, aggregates over `events`."""

from __future__ import annotations

import datetime as dt
import operator
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any
from zoneinfo import ZoneInfo

from rapport.core import id_batch
from rapport.people.services import changes

NOBODY = "toUUID('00000000-0000-0000-0000-000000000000')"

# So many ids are cheaper as text than as rows.
FEW = 100


def quoted(name: str) -> str:
    """A name as a ClickHouse identifier, whatever characters it has."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def path(name: str) -> str:
    """A JSON path ("address.city") under its column."""
    return ".".join(quoted(part) for part in name.split("."))


@dataclass(frozen=True, slots=True)
class Look:
    """Which events are needed, and from when on (None: from the beginning)."""

    events: frozenset[str]
    since: dt.datetime | None

    def __or__(self, other: Look) -> Look:
        starts = (self.since, other.since)
        return Look(self.events | other.events, None if None in starts else min(filter(None, starts)))

    def covers(self, other: Look) -> bool:
        return self | other == self


@dataclass(slots=True)
class Compilation:
    """The growing query of one or several definitions.

    Equal texts share one parameter, column or aggregate, so fifty segments that look at the same events
    cost one look. `members` gives the persons of a referenced segment where the caller already has them;
    otherwise the stored membership in ClickHouse is asked. `depends` gathers what the answers depend on, in the
    words of `people.services.changes`.
    """

    now: dt.datetime
    zone: ZoneInfo
    segment_ids: Mapping[str, uuid.UUID] = field(default_factory=dict)
    members: Mapping[str, list[uuid.UUID]] | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    aggregates: dict[tuple[str, str], str] = field(default_factory=dict)
    looks: dict[str, Look] = field(default_factory=dict)
    depends: set[str] = field(default_factory=set)
    _bound: dict[tuple[str, str], str] = field(default_factory=dict)
    _id_batches: dict[int, tuple[Sequence[uuid.UUID], int]] = field(default_factory=dict)

    def bind(self, value: Any, kind: str) -> str:
        """A placeholder for a value of a ClickHouse type."""
        key = (kind, repr(value))
        if key not in self._bound:
            name = f"p{len(self._bound)}"
            self._bound[key] = name
            self.parameters[name] = value
        return f"{{{self._bound[key]}:{kind}}}"

    def moment(self, value: dt.datetime) -> str:
        """A placeholder for an instant, exact to the millisecond."""
        return f"fromUnixTimestamp64Milli({self.bind(milliseconds(value), 'Int64')}, 'UTC')"

    def column(self, expression: str, depends: str = changes.ANYTHING) -> str:
        """The alias under which an expression over a row of `people` is read; `depends`: what changes its value."""
        self.depends.add(depends)
        return self.columns.setdefault(expression, f"c{len(self.columns)}")

    def aggregate(self, inner: str, outer: str) -> str:
        """The alias of an aggregate over a person's events.

        Events of merged persons still carry the old id, so a person's aggregate is put together from one
        per id: `inner` aggregates events, `outer` names the function that joins the parts.
        """
        return self.aggregates.setdefault((inner, outer), f"a{len(self.aggregates)}")

    def member_of(self, segment_id: uuid.UUID) -> str:
        """Whether the person is a stored member of another segment."""
        if self.members is not None:
            return f"(person_id IN ({self.id_list(self.members.get(str(segment_id), []))}))"
        members = (
            "SELECT person_id FROM segment_members FINAL WHERE segment_id = "
            f"{self.bind(str(segment_id), 'UUID')} AND member = 1"
        )
        return f"(person_id IN ({members}))"

    def id_list(self, ids: Sequence[uuid.UUID]) -> str:
        """A subquery of exactly these ids. Few travel with the query, many are laid beside it (core.id_batch)."""
        if not ids:
            return f"SELECT {NOBODY} WHERE 0"
        if len(ids) <= FEW:
            digits = ",".join(person_id.hex for person_id in ids)
            return f"SELECT toUUID(arrayJoin(splitByChar(',', {self.bind(digits, 'String')})))"
        if id(ids) not in self._id_batches:
            self._id_batches[id(ids)] = (ids, id_batch.insert(ids))
        return id_batch.subquery(self.bind(self._id_batches[id(ids)][1], "UInt64"))

    def id_batches(self) -> dict[int, int]:
        """The batches laid beside the query, with how many persons each."""
        return {batch: len(ids) for ids, batch in self._id_batches.values()}

    def looks_at(self, fits: str, events: Iterable[str], since: dt.datetime | None) -> None:
        """Notes which events a condition over rows of `events` needs, and from when on (None: from the beginning)."""
        look = Look(frozenset(events), since)
        self.depends.update(map(changes.event, look.events))
        self.looks[fits] = look | self.looks[fits] if fits in self.looks else look

    def look_of(self, aggregate: str) -> Look:
        """What the conditions inside an aggregate need, together."""
        # One condition may begin like another: the longest is the one that stands there.
        conditions = sorted(self.looks, key=len, reverse=True)
        inside = re.findall("|".join(re.escape(fits) for fits in conditions), aggregate)
        return reduce(operator.or_, (self.looks[fits] for fits in inside))


def milliseconds(value: dt.datetime) -> int:
    """Whole milliseconds since 1970, without the error of floating point."""
    return (value - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(milliseconds=1)
