"""{"consent": "newsletter", "channel": "email"}: what the person has agreed to, and not withdrawn."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.segments.clauses.trait import NAME_SCHEMA
from rapport.segments.language import tree
from rapport.segments.language.compilation import Compilation
from rapport.segments.language.problems import Report, child
from rapport.segments.registry import Clause, ClauseKind


class ConsentClause(ClauseKind):
    """Granted now. Who was never asked and who withdrew are both found with "not"."""

    name = "consent"
    label = gettext_lazy("Consent")
    icon = "shield-check"
    markers = ("consent",)
    keys = frozenset({"consent", "channel"})

    def schema(self) -> dict[str, Any]:
        channel = {**NAME_SCHEMA, "description": "Left out: on any channel."}
        return {"properties": {"consent": NAME_SCHEMA, "channel": channel}, "required": ["consent"]}

    def check(self, clause: Clause, pointer: str, report: Report) -> None:
        self.unknown_keys(clause, pointer, report)
        tree.name_problem(clause["consent"], _("purpose"), child(pointer, "consent"), report)
        if "channel" in clause:
            tree.name_problem(clause["channel"], _("channel"), child(pointer, "channel"), report)

    def compile(self, clause: Clause, to: Compilation) -> str:
        granted = to.column("consents")
        if "channel" in clause:
            return f"has({granted}, {to.bind(clause['consent'] + '/' + clause['channel'], 'String')})"
        prefix = to.bind(clause["consent"] + "/", "String")
        return f"arrayExists(c -> startsWith(c, {prefix}), {granted})"

    def describe(self, clause: Clause) -> str:
        words = {"purpose": clause.get("consent") or "…", "channel": clause.get("channel") or ""}
        if clause.get("channel"):
            return _("has consented to “%(purpose)s” by %(channel)s") % words
        return _("has consented to “%(purpose)s”") % words

    def evidence(self, clause: Clause, to: Compilation) -> dict[str, str]:
        return {"granted": to.column("consents")}

    def told(self, clause: Clause, found: dict[str, Any]) -> str:
        prefix = clause["consent"] + "/"
        channels = [c.removeprefix(prefix) for c in found["granted"] if c.startswith(prefix)]
        return (
            _("granted: %(channels)s") % {"channels": ", ".join(channels)} if channels else _("not granted")
        )

    def blank(self) -> Clause:
        return {"consent": "", "channel": "email"}
