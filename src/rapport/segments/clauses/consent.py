"""{"consent": "newsletter", "channel": "email"}: what the person has agreed to, withdrawn or never been asked."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core.ui import formats
from rapport.governance.models import Consent, Purpose
from rapport.governance.registry import CONSENT_CHANNELS, channel_label, default_channel
from rapport.people.services.changes import CONSENTS
from rapport.segments.clauses import names
from rapport.segments.clauses.trait import NAME_SCHEMA
from rapport.segments.language import comparisons, tree
from rapport.segments.language.compilation import Compilation
from rapport.segments.language.problems import Problem, Report, child, unknown
from rapport.segments.language.registry import Clause, ClauseKind
from rapport.segments.language.values import Moment

STATES = ("granted", "withdrawn", "pending", "expired", "never")


class ConsentClause(ClauseKind):
    """Without a `state`: granted now. `since` compares when the present state was reached."""

    name = "consent"
    label = gettext_lazy("Consent")
    icon = "shield-check"
    markers = ("consent",)
    keys = frozenset({"consent", "channel", "state", "since"})

    def schema(self) -> dict[str, Any]:
        channel = {**NAME_SCHEMA, "description": "Left out: on any channel."}
        since = {
            "type": "object",
            "properties": comparisons.schema(comparisons.DATED),
            "minProperties": 1,
            "additionalProperties": False,
        }
        named = {"consent": NAME_SCHEMA, "channel": channel}
        return {
            "properties": {**named, "state": {"enum": list(STATES)}, "since": since},
            "required": ["consent"],
        }

    def check(self, clause: Clause, pointer: str, report: Report) -> None:
        self.unknown_keys(clause, pointer, report)
        tree.name_problem(clause["consent"], _("purpose"), child(pointer, "consent"), report)
        if "channel" in clause:
            tree.name_problem(clause["channel"], _("channel"), child(pointer, "channel"), report)
        if clause.get("state", "granted") not in STATES:
            report.add(child(pointer, "state"), _("Use granted, withdrawn, pending, expired or never."))
        if "since" in clause:
            self._check_since(clause, child(pointer, "since"), report)

    def missing(self, clause: Clause) -> list[Problem]:
        purposes = Purpose.objects.order_by("position", "key").values_list("key", flat=True)
        channels = [channel.key for channel in CONSENT_CHANNELS]
        missing = [unknown("/consent", _("purpose"), clause["consent"], list(purposes))]
        if "channel" in clause:
            missing.append(unknown("/channel", _("channel"), clause["channel"], channels))
        return [problem for problem in missing if problem]

    def _check_since(self, clause: Clause, here: str, report: Report) -> None:
        if not isinstance(clause["since"], dict):
            report.add(here, _('Say before or after when: {"after": "-30d"}.'))
            return
        tree.only_in(clause["since"], here, frozenset(comparisons.DATED), report)
        comparisons.check(clause["since"], here, report)
        if clause.get("state") == "never":
            report.add(here, _("People who were never asked have no date."))

    def compile(self, clause: Clause, to: Compilation) -> str:
        state = clause.get("state", "granted")
        if state == "granted" and "since" not in clause:
            return self._granted(clause, to)
        concerns = self._concerns(clause, to)
        states = to.column("consent_states", CONSENTS)
        if state == "never":
            return f"(NOT arrayExists(c -> {concerns}, {states}))"
        stood = f"c.3 = {to.bind(state, 'String')}"
        dated = comparisons.compile_all(clause.get("since", {}), Moment("c.4"), to)
        return f"arrayExists(c -> {concerns} AND {stood} AND {dated}, {states})"

    def _granted(self, clause: Clause, to: Compilation) -> str:
        granted = to.column("consents", CONSENTS)
        if "channel" in clause:
            return f"has({granted}, {to.bind(clause['consent'] + '/' + clause['channel'], 'String')})"
        prefix = to.bind(clause["consent"] + "/", "String")
        return f"arrayExists(c -> startsWith(c, {prefix}), {granted})"

    def _concerns(self, clause: Clause, to: Compilation) -> str:
        purpose = f"c.1 = {to.bind(clause['consent'], 'String')}"
        return (
            f"{purpose} AND c.2 = {to.bind(clause['channel'], 'String')}" if "channel" in clause else purpose
        )

    def describe(self, clause: Clause) -> str:
        words = {"purpose": names.purpose(clause.get("consent"))}
        text = {
            "withdrawn": _("has withdrawn consent to “%(purpose)s”"),
            "pending": _("has not confirmed consent to “%(purpose)s” yet"),
            "expired": _("has a consent to “%(purpose)s” that expired"),
            "never": _("was never asked about “%(purpose)s”"),
        }.get(clause.get("state", ""), _("has consented to “%(purpose)s”")) % words
        if clause.get("channel"):
            text += " " + _("by %(channel)s") % {"channel": channel_label(clause["channel"])}
        if isinstance(clause.get("since"), dict):
            text += ", " + _("which %(said)s") % {"said": comparisons.describe(clause["since"])}
        return text

    def evidence(self, clause: Clause, to: Compilation) -> dict[str, str]:
        return {"granted": to.column("consents", CONSENTS), "held": to.column("consent_states", CONSENTS)}

    def evidence_text(self, clause: Clause, values: dict[str, Any]) -> str:
        states = [c for c in values["held"] if c[0] == clause["consent"]]
        if states:
            return ", ".join(
                f"{channel_label(channel)}: {Consent.State(state).label}, {formats.day(at)}"
                for _purpose, channel, state, at in states
            )
        prefix = clause["consent"] + "/"
        channels = [channel_label(c.removeprefix(prefix)) for c in values["granted"] if c.startswith(prefix)]
        return (
            _("granted: %(channels)s") % {"channels": ", ".join(channels)} if channels else _("not granted")
        )

    def blank(self) -> Clause:
        return {"consent": "", "channel": default_channel().key}

    def moves_with_time(self, clause: Clause) -> bool:
        since = clause.get("since")
        return isinstance(since, dict) and comparisons.moves_with_time(since)

    def next_changes(self, clause: Clause, to: Compilation) -> list[str]:
        states = to.column("consent_states", CONSENTS)
        return [
            f"nullIf(arrayMin(arrayFilter(z -> z > 0, arrayMap(c -> ifNull({turn}, 0), {states}))), 0)"
            for turn in comparisons.next_changes(clause["since"], Moment("c.4"), to)
        ]
