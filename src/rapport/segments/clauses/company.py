"""{"company": "plan", "is": "pro"}: what is known of a company the person belongs to, or of one above it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.people.services.changes import COMPANIES
from rapport.people.values.schema import COMPANY
from rapport.segments.clauses import trait_words
from rapport.segments.clauses.trait import NAME_SCHEMA
from rapport.segments.language import comparisons, tree
from rapport.segments.language.compilation import Compilation
from rapport.segments.language.problems import Report, child
from rapport.segments.language.registry import Clause, ClauseKind
from rapport.segments.language.values import Value

WHICH = ("any", "primary")
_COMPARED = tuple(name for name in comparisons.COMPARISONS if name not in comparisons.TEMPORAL)
_OWN = ("id", "name")


class CompanyClause(ClauseKind):
    """Belongs to a company for which all comparisons hold; who belongs to none fits never.

    With `or_above`, they may hold for a company that it belongs to, at any height, instead.
    """

    name = "company"
    label = gettext_lazy("Company")
    icon = "building-2"
    markers = ("company",)
    keys = frozenset({"company", "which", "or_above", *_COMPARED})

    def schema(self) -> dict[str, Any]:
        name = {**NAME_SCHEMA, "description": "id, name or a trait of the company."}
        compared = comparisons.schema(_COMPARED)
        return {
            "properties": {
                "company": name,
                "which": {"enum": list(WHICH)},
                "or_above": {"type": "boolean"},
                **compared,
            },
            "required": ["company"],
            "minProperties": 2,
        }

    def check(self, clause: Clause, pointer: str, report: Report) -> None:
        self.unknown_keys(clause, pointer, report)
        tree.name_problem(clause["company"], _("trait"), child(pointer, "company"), report, dotted=True)
        if clause.get("which", "any") not in WHICH:
            report.add(child(pointer, "which"), _("Use any or primary."))
        if not isinstance(clause.get("or_above", False), bool):
            report.add(child(pointer, "or_above"), _("This must be true or false."))
        comparisons.check(clause, pointer, report)

    def compile(self, clause: Clause, to: Compilation) -> str:
        holds = comparisons.compile_all(clause, Value(_read(clause["company"], to)), to)
        return f"arrayExists(k -> {holds}, {self._companies(clause, to)})"

    def _companies(self, clause: Clause, to: Compilation) -> str:
        companies = to.column("companies", COMPANIES)
        chosen = f"arraySlice({companies}, 1, 1)" if clause.get("which") == "primary" else companies
        if not clause.get("or_above"):
            return chosen
        return f"arrayFlatten(arrayMap(k -> arrayPushFront(JSONExtractArrayRaw(k, 'above'), k), {chosen}))"

    def describe(self, clause: Clause) -> str:
        name = trait_words.label(COMPANY, clause.get("company"))
        words = {"name": name, "said": comparisons.describe(clause)}
        if clause.get("or_above"):
            if clause.get("which") == "primary":
                return _("their main company, or one above it, has a %(name)s that %(said)s") % words
            return _("a company of theirs, or one above it, has a %(name)s that %(said)s") % words
        if clause.get("which") == "primary":
            return _("their main company's %(name)s %(said)s") % words
        return _("a company of theirs has a %(name)s that %(said)s") % words

    def evidence(self, clause: Clause, to: Compilation) -> dict[str, str]:
        return {
            "held": f"arrayMap(k -> ifNull({_read(clause['company'], to)}, ''), {self._companies(clause, to)})"
        }

    def evidence_text(self, clause: Clause, values: dict[str, Any]) -> str:
        texts = [value if value else _("no value") for value in values["held"]]
        return ", ".join(texts[:3]) or _("belongs to no company")

    def blank(self) -> Clause:
        return {"company": "name", "is": ""}


def _read(name: str, to: Compilation) -> str:
    """SQL of one value of company `k`, a JSON text."""
    path = [name] if name in _OWN else ["traits", *name.split(".")]
    keys = ", ".join(to.bind(part, "String") for part in path)
    return f"JSONExtract(k, {keys}, 'Nullable(String)')"


def as_known(group_id: str, name: str, traits: dict[str, Any]) -> dict[str, Any]:
    """What can be asked of a company."""
    return {"id": group_id, "name": name, "traits": traits}


def as_stored(group_id: str, name: str, traits: dict[str, Any], above: Sequence[dict[str, Any]] = ()) -> str:
    """A company as the `people` row in ClickHouse carries it, with the companies it belongs to, nearest first."""
    stored = as_known(group_id, name, traits)
    return json.dumps(stored | {"above": list(above)} if above else stored, ensure_ascii=False)
