"""{"trait": "country", "is": "GB"}: what is known of the person."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.people.values.schema import PERSON
from rapport.segments.clauses import trait_words
from rapport.segments.language import comparisons, tree
from rapport.segments.language.compilation import Compilation
from rapport.segments.language.problems import Report, child
from rapport.segments.language.registry import Clause, ClauseKind
from rapport.segments.language.values import trait

NAME_SCHEMA = {"type": "string", "minLength": 1, "maxLength": 200}


class TraitClause(ClauseKind):
    name = "trait"
    label = gettext_lazy("Trait")
    icon = "user"
    markers = ("trait",)
    keys = frozenset({"trait", *comparisons.COMPARISONS})

    def schema(self) -> dict[str, Any]:
        dotted = {**NAME_SCHEMA, "description": "Dots lead into nested objects: address.city."}
        return {
            "properties": {"trait": dotted, **comparisons.schema()},
            "required": ["trait"],
            "minProperties": 2,
        }

    def check(self, clause: Clause, pointer: str, report: Report) -> None:
        self.unknown_keys(clause, pointer, report)
        tree.name_problem(clause["trait"], _("trait"), child(pointer, "trait"), report, dotted=True)
        comparisons.check(clause, pointer, report)

    def compile(self, clause: Clause, to: Compilation) -> str:
        return comparisons.compile_all(clause, trait(to, clause["trait"]), to)

    def describe(self, clause: Clause) -> str:
        return f"{trait_words.label(PERSON, clause.get('trait'))} {comparisons.describe(clause)}"

    def evidence(self, clause: Clause, to: Compilation) -> dict[str, str]:
        return {"value": trait(to, clause["trait"]).text}

    def evidence_text(self, clause: Clause, values: dict[str, Any]) -> str:
        if values["value"] is None:
            return _("no value")
        return _("is “%(value)s”") % {"value": values["value"]}

    def blank(self) -> Clause:
        return {"trait": "", "is": ""}

    def moves_with_time(self, clause: Clause) -> bool:
        return comparisons.moves_with_time(clause)

    def next_changes(self, clause: Clause, to: Compilation) -> list[str]:
        return comparisons.next_changes(clause, trait(to, clause["trait"]), to)
