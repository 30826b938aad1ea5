"""{"sample": 10}: a share of everybody that stays the same people."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core.ui import formats
from rapport.segments.language.compilation import Compilation
from rapport.segments.language.problems import Report, child
from rapport.segments.language.registry import Clause, ClauseKind

STEPS = 10_000


class SampleClause(ClauseKind):
    """By a hash of the person's id and a salt, so equal salts draw the same people, different ones do not.

    A person who is merged into another counts as the survivor from then on.
    """

    name = "sample"
    label = gettext_lazy("Random sample")
    icon = "percent"
    markers = ("sample",)
    keys = frozenset({"sample", "from", "salt"})

    def schema(self) -> dict[str, Any]:
        percent = {"type": "number", "minimum": 0, "maximum": 100}
        salt = {"type": "string", "maxLength": 100}
        return {"properties": {"sample": percent, "from": percent, "salt": salt}, "required": ["sample"]}

    def check(self, clause: Clause, pointer: str, report: Report) -> None:
        self.unknown_keys(clause, pointer, report)
        for key in ("sample", "from"):
            value = clause.get(key, 0)
            if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 100:
                report.add(child(pointer, key), _("This must be a percentage from 0 to 100."))
        salt = clause.get("salt", "")
        if not isinstance(salt, str) or len(salt) > 100 or "\0" in salt:
            report.add(child(pointer, "salt"), _("This must be text of at most 100 characters."))

    def compile(self, clause: Clause, to: Compilation) -> str:
        draw = self._draw(clause, to)
        low, high = _edges(clause)
        return f"({draw} >= {low} AND {draw} < {high})"

    def _draw(self, clause: Clause, to: Compilation) -> str:
        salt = to.bind(str(clause.get("salt", "")) + ":", "String")
        return f"(reinterpretAsUInt32(substring(MD5(concat({salt}, toString(person_id))), 1, 4)) % {STEPS})"

    def describe(self, clause: Clause) -> str:
        share = clause.get("sample")
        words = {"share": formats.percent(share / 100, 4) if isinstance(share, int | float) else "…"}
        return _("is in a random %(share)s of everybody") % words

    def evidence(self, clause: Clause, to: Compilation) -> dict[str, str]:
        return {"draw": self._draw(clause, to)}

    def evidence_text(self, clause: Clause, values: dict[str, Any]) -> str:
        return _("drawn as %(n)s of 100") % {"n": f"{values['draw'] * 100 / STEPS:.2f}"}

    def blank(self) -> Clause:
        return {"sample": 10}


def _edges(clause: Clause) -> tuple[int, int]:
    start = round(float(clause.get("from", 0)) * STEPS / 100)
    return start, start + round(float(clause["sample"]) * STEPS / 100)
