"""{"profile": "first_seen", "after": "-7d"}: when the person was first or last seen, and whether known."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core.ui import formats
from rapport.people.services import changes
from rapport.segments.language import comparisons, times
from rapport.segments.language.compilation import Compilation
from rapport.segments.language.problems import Report, child
from rapport.segments.language.registry import Clause, ClauseKind
from rapport.segments.language.values import Moment

# The column, and what changes it.
_COLUMNS = {
    "first_seen": ("first_seen_at", changes.SEEN),
    "last_seen": ("last_seen_at", changes.SEEN),
    "identified": ("is_identified", changes.IDENTIFIERS),
}
FIELDS = {
    "first_seen": gettext_lazy("First seen"),
    "last_seen": gettext_lazy("Last seen"),
    "identified": gettext_lazy("Identified"),
}


class ProfileClause(ClauseKind):
    name = "profile"
    label = gettext_lazy("Profile")
    icon = "id-card"
    markers = ("profile",)
    keys = frozenset({"profile", "is", *comparisons.TEMPORAL})

    def schema(self) -> dict[str, Any]:
        names = {"enum": sorted(FIELDS)}
        compared = {**comparisons.schema(comparisons.TEMPORAL), "is": {"type": "boolean"}}
        return {"properties": {"profile": names, **compared}, "required": ["profile"], "minProperties": 2}

    def check(self, clause: Clause, pointer: str, report: Report) -> None:
        self.unknown_keys(clause, pointer, report)
        field = clause["profile"]
        if not isinstance(field, str) or field not in FIELDS:
            report.add(child(pointer, "profile"), _("Use first_seen, last_seen or identified."))
        elif field == "identified" and not isinstance(clause.get("is"), bool):
            report.add(pointer, _('Say "is": true or "is": false.'))
        elif field != "identified" and "is" in clause:
            report.add(child(pointer, "is"), _("Compare a time with before, after or on."))
        if field != "identified":
            comparisons.check(clause, pointer, report)
        elif any(name in clause for name in comparisons.TEMPORAL):
            report.add(pointer, _("“identified” is true or false, not a time."))

    def compile(self, clause: Clause, to: Compilation) -> str:
        column = to.column(*_COLUMNS[clause["profile"]])
        if clause["profile"] == "identified":
            return f"({column} = {int(clause['is'])})"
        return comparisons.compile_all(clause, Moment(column), to)

    def describe(self, clause: Clause) -> str:
        if clause.get("profile") == "identified":
            return _("is identified") if clause.get("is", True) else _("is anonymous")
        dated = {key: clause[key] for key in comparisons.TEMPORAL if key in clause}
        when = " ".join(_said(key, dated[key]) for key in dated) or "…"
        words = {"when": when}
        if clause.get("profile") == "last_seen":
            return _("was last seen %(when)s") % words
        return _("was first seen %(when)s") % words

    def evidence(self, clause: Clause, to: Compilation) -> dict[str, str]:
        return {"value": to.column(*_COLUMNS[clause["profile"]])}

    def evidence_text(self, clause: Clause, values: dict[str, Any]) -> str:
        value = values["value"]
        if clause["profile"] == "identified":
            return _("identified") if value else _("anonymous")
        return formats.short_moment(value)

    def blank(self) -> Clause:
        return {"profile": "first_seen", "after": "-7d"}

    def moves_with_time(self, clause: Clause) -> bool:
        return comparisons.moves_with_time(clause)

    def next_changes(self, clause: Clause, to: Compilation) -> list[str]:
        return comparisons.next_changes(clause, Moment(to.column(*_COLUMNS[clause["profile"]])), to)


def _said(key: str, operand: Any) -> str:
    if key not in _WORDS:
        return _("on a date whose anniversary %(returns)s") % {
            "returns": comparisons.describe({key: operand})
        }
    return f"{_WORDS[key]} {times.instant_in_words(operand)}"


_WORDS = {"before": gettext_lazy("before"), "after": gettext_lazy("after"), "on": gettext_lazy("on")}
