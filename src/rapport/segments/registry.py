"""The doors by which higher apps extend segments: kinds of clauses, and who uses a segment."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from rapport.segments.language.problems import Report, child

if TYPE_CHECKING:
    from rapport.segments.language.compilation import Compilation

Clause = dict[str, Any]


class ClauseKind:
    """One kind of clause. `markers` are the keys one of which tells that a clause is of this kind.

    Every kind answers the same five questions: is it well formed, what is its schema, which boolean SQL
    expression over a person's row does it stand for (never NULL, values only as bound parameters), how is
    it said in words, and which other segments does it look at.
    """

    name: ClassVar[str]
    label: ClassVar[Any]
    icon: ClassVar[str] = "filter"
    markers: ClassVar[tuple[str, ...]]
    keys: ClassVar[frozenset[str]]

    def schema(self) -> dict[str, Any]:
        """JSON Schema (2020-12) of the clause."""
        raise NotImplementedError

    def definitions(self) -> dict[str, Any]:
        """Further `$defs` that the schema refers to."""
        return {}

    def check(self, clause: Clause, pointer: str, report: Report) -> None:
        """Adds a problem for everything that is wrong with the clause."""
        raise NotImplementedError

    def compile(self, clause: Clause, to: Compilation) -> str:
        """A boolean SQL expression (UInt8, never NULL) over the person's row. The clause is checked."""
        raise NotImplementedError

    def describe(self, clause: Clause) -> str:
        """The clause in words, without a full stop. Must bear any half-made clause the builder shows."""
        raise NotImplementedError

    def blank(self) -> Clause:
        """What the builder starts with when the clause is added."""
        raise NotImplementedError

    def evidence(self, clause: Clause, to: Compilation) -> dict[str, str]:
        """Named SQL expressions over the person's row that show why the answer is what it is."""
        return {}

    def told(self, clause: Clause, found: dict[str, Any]) -> str:
        """The evidence of one person in words; "" when there is nothing to add."""
        return ""

    def references(self, clause: Clause) -> set[str]:
        """Keys of the segments whose stored membership the clause looks at."""
        return set()

    def moves_with_time(self, clause: Clause) -> bool:
        """Whether the answer can change without anything happening."""
        return False

    def turns(self, clause: Clause, to: Compilation) -> list[str]:
        """SQL over the person's row: when, after now, the answer may change by itself (`language.turning`).

        A kind that moves with time must name every such instant, at the latest when it comes.
        """
        return []

    def unknown_keys(self, clause: Clause, pointer: str, report: Report) -> None:
        for key in clause:
            if key not in self.keys:
                known = ", ".join(sorted(self.keys - set(self.markers)))
                report.add(child(pointer, key), f"“{key}” is not known here; use one of: {known}.")


_kinds: dict[str, ClauseKind] = {}
_by_marker: dict[str, ClauseKind] = {}


def register_clause(kind: ClauseKind) -> None:
    """Adds a kind; call it in AppConfig.ready(). Raises ValueError when a marker is taken."""
    for marker in kind.markers:
        taken = _by_marker.get(marker)
        if taken is not None and taken.name != kind.name:
            raise ValueError(f"The segment clause key {marker!r} already belongs to {taken.name}.")
    _kinds[kind.name] = kind
    for marker in kind.markers:
        _by_marker[marker] = kind


def clause_kinds() -> list[ClauseKind]:
    return list(_kinds.values())


def clause_kind(name: str) -> ClauseKind:
    return _kinds[name]


def shared_schemas() -> dict[str, Any]:
    """The `$defs` that kinds bring along."""
    return {name: schema for kind in clause_kinds() for name, schema in kind.definitions().items()}


def kind_of(clause: Any) -> ClauseKind | None:
    """The kind a clause belongs to, or None when its keys name none or more than one."""
    if not isinstance(clause, dict):
        return None
    found = {kind.name: kind for key in clause if (kind := _by_marker.get(key)) is not None}
    return next(iter(found.values())) if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class Use:
    """Something that depends on a segment: a campaign, a journey, another segment.

    While something that `blocks` uses it, a segment cannot be archived.
    """

    label: str
    url: str
    kind: str = ""
    blocks: bool = False


_users: dict[str, Callable[[uuid.UUID], list[Use]]] = {}


def register_user(name: str, uses_of: Callable[[uuid.UUID], list[Use]]) -> None:
    """`uses_of(segment id)` lists what of yours depends on a segment."""
    _users[name] = uses_of


def uses_of(segment_id: uuid.UUID) -> list[Use]:
    return [use for uses in _users.values() for use in uses(segment_id)]
