"""{"identifier": "email"}: how the person can be recognised or reached."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.people import identity_types
from rapport.people.normalise import normalise
from rapport.people.services.changes import IDENTIFIERS
from rapport.segments.clauses.trait import NAME_SCHEMA
from rapport.segments.language import comparisons, tree
from rapport.segments.language.compilation import Compilation
from rapport.segments.language.problems import Problem, Report, child, unknown
from rapport.segments.language.registry import Clause, ClauseKind
from rapport.segments.language.values import Value

_WHOLE = ("is", "is_not", "in", "not_in")
COUNTS = {"at_least": ">=", "at_most": "<=", "exactly": "="}


class IdentifierClause(ClauseKind):
    """Has one of the type; with comparisons: has one of the type for which all of them hold.

    `at_least`, `at_most` and `exactly` count those.
    """

    name = "identifier"
    label = gettext_lazy("Identifier")
    icon = "fingerprint"
    markers = ("identifier",)
    keys = frozenset({"identifier", *COUNTS, *comparisons.TEXTUAL})

    def schema(self) -> dict[str, Any]:
        kind = {**NAME_SCHEMA, "examples": ["email", "phone", "user_id", "anonymous_id"]}
        return {
            "properties": {
                "identifier": kind,
                **{key: {"type": "integer", "minimum": 0, "maximum": 1000} for key in COUNTS},
                **comparisons.schema(comparisons.TEXTUAL),
            },
            "required": ["identifier"],
        }

    def check(self, clause: Clause, pointer: str, report: Report) -> None:
        self.unknown_keys(clause, pointer, report)
        tree.name_problem(clause["identifier"], _("type of identifier"), child(pointer, "identifier"), report)
        comparisons.check(clause, pointer, report, required=False)
        for key in COUNTS:
            value = clause.get(key, 0)
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 1000:
                report.add(child(pointer, key), _("This must be a whole number from 0 to 1,000."))

    def compile(self, clause: Clause, to: Compilation) -> str:
        identifiers = to.column("identifiers", IDENTIFIERS)
        prefix = to.bind(f"{clause['identifier']}:", "String")
        value = Value(f"substring(i, length({prefix}) + 1)")
        holds = comparisons.compile_all(_normalised(clause), value, to)
        counted = [f"{sign} {int(clause[key])}" for key, sign in COUNTS.items() if key in clause]
        if not counted:
            return f"arrayExists(i -> startsWith(i, {prefix}) AND {holds}, {identifiers})"
        number = f"arrayCount(i -> startsWith(i, {prefix}) AND {holds}, {identifiers})"
        return "(" + " AND ".join(f"{number} {count}" for count in counted) + ")"

    def describe(self, clause: Clause) -> str:
        kind = str(clause.get("identifier") or "…").replace("_", " ")
        text = comparisons.describe(clause)
        words = {"kind": kind, "said": text}
        words["said"] = _("has an identifier %(kind)s") % words if text == "…" else f"{kind} {text}"
        signs = {"at_least": _("at least"), "at_most": _("at most"), "exactly": _("exactly")}
        counted = [f"{signs[key]} {clause[key]}" for key in COUNTS if key in clause]
        return f"{words['said']} ({_(' and ').join(counted)})" if counted else words["said"]

    def evidence(self, clause: Clause, to: Compilation) -> dict[str, str]:
        return {"held": to.column("identifiers", IDENTIFIERS)}

    def evidence_text(self, clause: Clause, values: dict[str, Any]) -> str:
        prefix = clause["identifier"] + ":"
        identifiers = [i.removeprefix(prefix) for i in values["held"] if i.startswith(prefix)]
        return ", ".join(identifiers[:3]) or _("none")

    def missing(self, clause: Clause) -> list[Problem]:
        types = [*identity_types.current().by_key]
        problem = unknown("/identifier", _("type of identifier"), clause["identifier"], types)
        return [problem] if problem else []

    def blank(self) -> Clause:
        return {"identifier": "email"}


def _normalised(clause: Clause) -> Clause:
    """The clause with whole identifiers spelled as they are stored: "Ann@Example.org" is ann@example.org."""

    def spelled(operand: Any) -> Any:
        if isinstance(operand, list):
            return [spelled(value) for value in operand]
        return normalise(clause["identifier"], operand) or operand

    return {**clause, **{key: spelled(clause[key]) for key in _WHOLE if key in clause}}
