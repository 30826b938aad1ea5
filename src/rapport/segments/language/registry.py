"""The kinds of clauses: what a kind answers, and the registry by which higher apps add theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rapport.core.registration import Registry
from rapport.segments.language.problems import Problem, Report, child

if TYPE_CHECKING:
    from rapport.segments.language.compilation import Compilation

Clause = dict[str, Any]


class ClauseKind:
    """One kind of clause. `markers` are the keys one of which tells that a clause is of this kind.

    A kind must answer `schema`, `check`, `compile`, `describe` and `blank`; the other methods have default answers.
    `compile` tells in `to.depends` what the answer depends on (`people.services.changes`), else live upkeep misses it.
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

    def evidence_text(self, clause: Clause, values: dict[str, Any]) -> str:
        """The evidence of one person in words; "" when there is nothing to add."""
        return ""

    def references(self, clause: Clause) -> set[str]:
        """Keys of the segments whose stored membership the clause looks at."""
        return set()

    def missing(self, clause: Clause) -> list[Problem]:
        """What the checked clause names and there is not, with the names there are; pointers are from the clause."""
        return []

    def moves_with_time(self, clause: Clause) -> bool:
        """Whether the answer can change without anything happening."""
        return False

    def next_changes(self, clause: Clause, to: Compilation) -> list[str]:
        """SQL over the person's row: when, after now, the answer may change by itself (`language.next_change`).

        A kind that moves with time must name every such instant, at the latest when it comes.
        """
        return []

    def unknown_keys(self, clause: Clause, pointer: str, report: Report) -> None:
        for key in clause:
            if key not in self.keys:
                allowed = ", ".join(sorted(self.keys - set(self.markers)))
                report.add(child(pointer, key), f"“{key}” is not known here; use one of: {allowed}.")


# Neither the name of a kind nor any of its markers may be another's.
_BY_MARKER: Registry[ClauseKind] = Registry("segment clause key")
CLAUSE_KINDS: Registry[ClauseKind] = Registry(
    "segment clause", brings=lambda kind: [(_BY_MARKER, marker, kind) for marker in kind.markers]
)


def shared_schemas() -> dict[str, Any]:
    """The `$defs` that kinds bring along."""
    return {name: schema for kind in CLAUSE_KINDS for name, schema in kind.definitions().items()}


def kind_of(clause: Any) -> ClauseKind | None:
    """The kind a clause belongs to, or None when its keys name none or more than one."""
    if not isinstance(clause, dict):
        return None
    kinds = {kind.name: kind for key in clause if (kind := _BY_MARKER.get(key)) is not None}
    return next(iter(kinds.values())) if len(kinds) == 1 else None
