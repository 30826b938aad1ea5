"""{"did": "Order Completed", "at_least": 3, "within": "30d"}: what the person has done, how often, how much.

`at_least`, `at_most`, `exactly` count the events that fit; without any of them once is enough. `clauses.figures`
has what else can be compared: amounts, values, first and last time, different days, every one of several periods.
`did_not` is the same question answered the other way round: not once. A person without any event has not done it.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.segments.clauses import event_words, figures, scope
from rapport.segments.clauses.figures import AGGREGATES, FIGURES
from rapport.segments.clauses.trait import NAME_SCHEMA
from rapport.segments.language import tree
from rapport.segments.language.compilation import Compilation
from rapport.segments.language.problems import Report, child
from rapport.segments.language.registry import Clause, ClauseKind

__all__ = ["AGGREGATES", "COUNTS", "FIGURES", "EventClause"]
COUNTS = {"at_least": ">=", "at_most": "<=", "exactly": "="}


class EventClause(ClauseKind):
    name = "event"
    label = gettext_lazy("Event")
    icon = "activity"
    markers = ("did", "did_not")
    keys = frozenset({"did", "did_not", *COUNTS, *figures.KEYS, *scope.KEYS})

    def schema(self) -> dict[str, Any]:
        count = {"type": "integer", "minimum": 0, "maximum": 1_000_000}
        properties = {
            "did": NAME_SCHEMA,
            "did_not": NAME_SCHEMA,
            **dict.fromkeys(COUNTS, count),
            **figures.schema(),
            **scope.schema(),
        }
        return {"properties": properties, "oneOf": [{"required": ["did"]}, {"required": ["did_not"]}]}

    def definitions(self) -> dict[str, Any]:
        return {"condition": scope.condition_schema()}

    def check(self, clause: Clause, pointer: str, report: Report) -> None:
        self.unknown_keys(clause, pointer, report)
        marker = "did_not" if "did_not" in clause else "did"
        if "did" in clause and "did_not" in clause:
            report.add(pointer, _("Say either did or did_not."))
        tree.name_problem(clause[marker], _("event"), child(pointer, marker), report)
        _check_counts(clause, pointer, report)
        figures.check(clause, pointer, report)
        scope.check_window(clause, pointer, report)
        scope.check_conditions(clause, pointer, report)

    def compile(self, clause: Clause, to: Compilation) -> str:
        fits = scope.fits(clause, _event(clause), to)
        number = f"ifNull({to.aggregate(f'countIf({fits})', 'sum')}, 0)"
        if "did_not" in clause:
            return f"({number} = 0)"
        counts = [f"{{}} {sign} {int(clause[key])}" for key, sign in COUNTS.items() if key in clause]
        if "each" in clause:
            conditions = [figures.per_period(clause, fits, counts or ["{} >= 1"], to)]
        else:
            conditions = [count.format(number) for count in counts] or [f"{number} >= 1"]
        return "(" + " AND ".join([*conditions, *figures.compile_figures(clause, fits, to)]) + ")"

    def describe(self, clause: Clause) -> str:
        return event_words.describe(clause)

    def evidence(self, clause: Clause, to: Compilation) -> dict[str, str]:
        fits = scope.fits(clause, _event(clause), to)
        columns = {
            "count": f"ifNull({to.aggregate(f'countIf({fits})', 'sum')}, 0)",
            "first": to.aggregate(f"minIf(at, {fits})", "min"),
            "last": to.aggregate(f"maxIf(at, {fits})", "max"),
        }
        if function := next((name for name in AGGREGATES if name in clause), None):
            columns["figure"] = figures.figure(function, clause[function], fits, to)
        if function := next((name for name in figures.CHOSEN if name in clause), None):
            columns["chosen"] = figures.chosen(function, clause[function], fits, to)
        return columns

    def evidence_text(self, clause: Clause, values: dict[str, Any]) -> str:
        return event_words.evidence_text(clause, values)

    def blank(self) -> Clause:
        return {"did": "", "at_least": 1, "within": "30d"}

    def moves_with_time(self, clause: Clause) -> bool:
        return scope.moves_with_time(clause) or figures.moves_with_time(clause)

    def next_changes(self, clause: Clause, to: Compilation) -> list[str]:
        fits = scope.fits(clause, _event(clause), to)
        return scope.next_changes(clause, _event(clause), to) + figures.next_changes(clause, fits, to)


def _event(clause: Clause) -> str:
    event: str = clause["did_not"] if "did_not" in clause else clause["did"]
    return event


def _check_counts(clause: Clause, pointer: str, report: Report) -> None:
    stated = [key for key in COUNTS if key in clause]
    for key in stated:
        value = clause[key]
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 1_000_000:
            report.add(child(pointer, key), _("This must be a whole number from 0 to 1,000,000."))
    if "did_not" in clause and stated:
        report.add(child(pointer, stated[0]), _("did_not means never; to count, use did."))
    if "exactly" in clause and len(stated) > 1:
        report.add(child(pointer, "exactly"), _("Use exactly alone, or at_least with at_most."))
