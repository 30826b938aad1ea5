"""{"score": "churn", "gte": 0.7}: figures that Rapport itself computes."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.segments.clauses.trait import NAME_SCHEMA
from rapport.segments.language import comparisons, tree
from rapport.segments.language.compilation import Compilation
from rapport.segments.language.problems import Report, child
from rapport.segments.language.registry import Clause, ClauseKind
from rapport.segments.language.values import trait

STAGE_TRAIT = "lifecycle_stage"
_COMPARED = (*comparisons.NUMERIC, "is")


class ScoreClause(ClauseKind):
    """A figure that Rapport or a model has given the person, kept as a trait of that name."""

    name = "score"
    label = gettext_lazy("Score")
    icon = "gauge"
    markers = ("score",)
    keys = frozenset({"score", *_COMPARED})

    def schema(self) -> dict[str, Any]:
        compared = comparisons.schema(comparisons.NUMERIC) | {"is": {"type": "number"}}
        return {"properties": {"score": NAME_SCHEMA, **compared}, "required": ["score"], "minProperties": 2}

    def check(self, clause: Clause, pointer: str, report: Report) -> None:
        self.unknown_keys(clause, pointer, report)
        tree.name_problem(clause["score"], _("score"), child(pointer, "score"), report, dotted=True)
        comparisons.check(clause, pointer, report)
        if "is" in clause and not comparisons.is_number(clause["is"]):
            report.add(child(pointer, "is"), _("This must be a number."))

    def compile(self, clause: Clause, to: Compilation) -> str:
        return comparisons.compile_all(clause, trait(to, clause["score"]), to)

    def describe(self, clause: Clause) -> str:
        words = {"name": clause.get("score") or "…", "said": comparisons.describe(clause)}
        return _("score %(name)s %(said)s") % words

    def evidence(self, clause: Clause, to: Compilation) -> dict[str, str]:
        return {"value": trait(to, clause["score"]).text}

    def evidence_text(self, clause: Clause, values: dict[str, Any]) -> str:
        return str(values["value"]) if values["value"] is not None else _("no value")

    def blank(self) -> Clause:
        return {"score": "", "gte": 50}
