"""{"in_segment": "vip"}: who is a member of another segment, as stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.people.services import changes
from rapport.segments.clauses.trait import NAME_SCHEMA
from rapport.segments.language import tree
from rapport.segments.language.compilation import Compilation
from rapport.segments.language.problems import InvalidDefinition, Problem, Report, child
from rapport.segments.language.registry import Clause, ClauseKind


class SegmentClause(ClauseKind):
    name = "segment"
    label = gettext_lazy("Segment")
    icon = "pie-chart"
    markers = ("in_segment",)
    keys = frozenset({"in_segment"})

    def __init__(self, names: Callable[[], Mapping[str, str]]) -> None:
        self.names = names  # of all segments, by their keys

    def schema(self) -> dict[str, Any]:
        key = {**NAME_SCHEMA, "description": "The key of a segment."}
        return {"properties": {"in_segment": key}, "required": ["in_segment"]}

    def check(self, clause: Clause, pointer: str, report: Report) -> None:
        self.unknown_keys(clause, pointer, report)
        tree.name_problem(clause["in_segment"], _("segment"), child(pointer, "in_segment"), report)

    def compile(self, clause: Clause, to: Compilation) -> str:
        key = clause["in_segment"]
        if key not in to.segment_ids:
            message = _("There is no segment with the key “%(key)s”.") % {"key": key}
            raise InvalidDefinition([Problem("/in_segment", message)])
        to.depends.add(changes.segment(key))
        return to.member_of(to.segment_ids[key])

    def describe(self, clause: Clause) -> str:
        key = str(clause.get("in_segment") or "")
        return _("is in segment “%(name)s”") % {"name": self.names().get(key, key) if key else "…"}

    def blank(self) -> Clause:
        return {"in_segment": ""}

    def references(self, clause: Clause) -> set[str]:
        key = clause.get("in_segment")
        return {key} if isinstance(key, str) else set()
