"""all, any and not: clauses about clauses."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.segments.language import tree
from rapport.segments.language.compilation import Compilation
from rapport.segments.language.problems import Report, child
from rapport.segments.language.registry import Clause, ClauseKind

_CLAUSE = {"$ref": "#/$defs/clause"}


class _Group(ClauseKind):
    joiner: Any
    neutral: str
    sign: str

    def schema(self) -> dict[str, Any]:
        members = {"type": "array", "items": _CLAUSE, "maxItems": tree.MAX_CLAUSES}
        return {"properties": {self.name: members}, "required": [self.name]}

    def check(self, clause: Clause, pointer: str, report: Report) -> None:
        self.unknown_keys(clause, pointer, report)
        members = clause[self.name]
        if not isinstance(members, list):
            report.add(child(pointer, self.name), _("This must be a list of clauses."))
            return
        for index, member in enumerate(members):
            tree.check_clause(member, child(child(pointer, self.name), index), report)

    def compile(self, clause: Clause, to: Compilation) -> str:
        compiled = [tree.compile_clause(member, to) for member in clause[self.name]]
        return "(" + f" {self.sign} ".join(compiled or [self.neutral]) + ")"

    def describe(self, clause: Clause) -> str:
        descriptions = [tree.described_member(member) for member in clause[self.name]]
        return f" {self.joiner} ".join(descriptions) if descriptions else str(self.nothing())

    def nothing(self) -> str:
        raise NotImplementedError

    def blank(self) -> Clause:
        return {self.name: []}


class AllClause(_Group):
    name = "all"
    label = gettext_lazy("All of")
    icon = "layers"
    markers = ("all",)
    keys = frozenset({"all"})
    joiner = gettext_lazy("and")
    neutral = "1"
    sign = "AND"

    def nothing(self) -> str:
        return _("everybody")


class AnyClause(_Group):
    name = "any"
    label = gettext_lazy("Any of")
    icon = "split"
    markers = ("any",)
    keys = frozenset({"any"})
    joiner = gettext_lazy("or")
    neutral = "0"
    sign = "OR"

    def nothing(self) -> str:
        return _("nobody")


class NotClause(ClauseKind):
    name = "not"
    label = gettext_lazy("Not")
    icon = "ban"
    markers = ("not",)
    keys = frozenset({"not"})

    def schema(self) -> dict[str, Any]:
        return {"properties": {"not": _CLAUSE}, "required": ["not"]}

    def check(self, clause: Clause, pointer: str, report: Report) -> None:
        self.unknown_keys(clause, pointer, report)
        tree.check_clause(clause["not"], child(pointer, "not"), report)

    def compile(self, clause: Clause, to: Compilation) -> str:
        return f"(NOT {tree.compile_clause(clause['not'], to)})"

    def describe(self, clause: Clause) -> str:
        return _("not (%(clause)s)") % {"clause": tree.describe_clause(clause["not"])}

    def blank(self) -> Clause:
        return {"not": {"all": []}}
