"""{"lifecycle": ["customer"]}: who stands at one of these stages."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core.process_cache import kept_for
from rapport.segments.clauses.shorthand import STAGE_TRAIT
from rapport.segments.clauses.trait import NAME_SCHEMA
from rapport.segments.language import comparisons, tree
from rapport.segments.language.compilation import Compilation
from rapport.segments.language.problems import Problem, Report, child, unknown
from rapport.segments.language.registry import Clause, ClauseKind
from rapport.segments.language.values import trait
from rapport.segments.models import Stage


class LifecycleClause(ClauseKind):
    """Stands at one of these stages now."""

    name = "lifecycle"
    label = gettext_lazy("Lifecycle stage")
    icon = "workflow"
    markers = ("lifecycle",)
    keys = frozenset({"lifecycle"})

    def schema(self) -> dict[str, Any]:
        stages = {"type": "array", "minItems": 1, "maxItems": 50, "items": NAME_SCHEMA}
        return {"properties": {"lifecycle": stages}, "required": ["lifecycle"]}

    def check(self, clause: Clause, pointer: str, report: Report) -> None:
        self.unknown_keys(clause, pointer, report)
        stages = clause["lifecycle"]
        if not isinstance(stages, list) or not 1 <= len(stages) <= 50:
            report.add(child(pointer, "lifecycle"), _("Choose at least one stage: a list of their keys."))
            return
        for index, stage in enumerate(stages):
            tree.name_problem(stage, _("stage"), child(child(pointer, "lifecycle"), index), report)

    def missing(self, clause: Clause) -> list[Problem]:
        stages = list(Stage.objects.order_by("position").values_list("key", flat=True))
        missing = [
            unknown(f"/lifecycle/{index}", _("stage"), stage, stages)
            for index, stage in enumerate(clause["lifecycle"])
        ]
        return [problem for problem in missing if problem]

    def compile(self, clause: Clause, to: Compilation) -> str:
        return comparisons.compile_all({"in": clause["lifecycle"]}, trait(to, STAGE_TRAIT), to)

    def describe(self, clause: Clause) -> str:
        stages = [_names().get(str(stage), str(stage)) for stage in clause.get("lifecycle") or [] if stage]
        return _("is at the lifecycle stage %(stages)s") % {"stages": _(" or ").join(stages) or "…"}

    def evidence(self, clause: Clause, to: Compilation) -> dict[str, str]:
        return {"value": trait(to, STAGE_TRAIT).text}

    def evidence_text(self, clause: Clause, values: dict[str, Any]) -> str:
        return _names().get(values["value"], values["value"]) or _("no value")

    def blank(self) -> Clause:
        return {"lifecycle": []}


@kept_for(10.0)
def _names() -> dict[str, str]:
    return dict(Stage.objects.values_list("key", "name"))
