"""{"engaged": "clicked"}: who opened a message, clicked in one or left by one, as it is judged now.

Events tell what was believed when they went out. This clause reads the ledger's present judgement, which stands in the
people's rows of ClickHouse, and so follows when a click turns out to be a scanner's.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core import clickhouse
from rapport.core.ui import formats
from rapport.governance.registry import CONSENT_CHANNELS, channel_label
from rapport.messaging import queries
from rapport.messaging.models import Send
from rapport.messaging.queries.results import HUMAN
from rapport.messaging.services.judging import CHANGED
from rapport.people.queries import families
from rapport.people.registry import ROW_COLUMNS
from rapport.segments.clauses.trait import NAME_SCHEMA
from rapport.segments.language import comparisons, tree
from rapport.segments.language.compilation import Compilation
from rapport.segments.language.problems import Problem, Report, child, unknown
from rapport.segments.language.registry import Clause, ClauseKind
from rapport.segments.language.values import Moment

COLUMN = "engagements"
DDL = (
    f"ALTER TABLE people ADD COLUMN IF NOT EXISTS {COLUMN} "
    "Array(Tuple(String, String, String, DateTime64(3, 'UTC'), Float32))"
)
MOST = 300  # of one person, the newest
VERBS = {"opened": "open", "clicked": "click", "unsubscribed": "unsubscribe"}
BY = {"human": f"e.5 >= {HUMAN}", "machine": f"e.5 < {HUMAN}", "anyone": "1"}
_ROWS = """
SELECT person_id, kind, channel, origin_id, at, human FROM (
    SELECT d.person_id, e.kind, d.channel, s.origin_id, max(e.last_at) AS at, max(e.human_probability) AS human,
        row_number() OVER (PARTITION BY d.person_id ORDER BY max(e.last_at) DESC) AS place
    FROM messaging_delivery d JOIN messaging_engagement e ON e.delivery_id = d.id
        JOIN messaging_send s ON s.id = d.send_id
    WHERE d.person_id = ANY(%s) GROUP BY d.person_id, d.id, e.kind, d.channel, s.origin_id
) newest WHERE place <= %s ORDER BY at DESC
"""


def engagements(person_ids: list[uuid.UUID]) -> dict[uuid.UUID, Any]:
    """{person: [[kind, channel, what ordered it, last, probability]]}, one for each message and kind."""
    homes = {home: person for person, members in families(person_ids).items() for home in members}
    rows: dict[uuid.UUID, list[list[Any]]] = {person_id: [] for person_id in person_ids}
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [list(homes), MOST])
        for home, kind, channel, origin_id, at, human in cursor.fetchall():
            moment = at.isoformat(" ", "milliseconds")[:23]
            rows[homes[home]].append([kind, channel, origin_id, moment, human])
    return rows


def register_column() -> None:
    """The column of the people's rows, and how it is filled."""
    clickhouse.SCHEMA.register(DDL, f"people.{COLUMN}")
    ROW_COLUMNS.register(engagements, COLUMN)


class EngagedClause(ClauseKind):
    """By a human unless `by` says otherwise; `campaign` is the id of what ordered the message."""

    name = "engaged"
    label = gettext_lazy("Opened or clicked")
    icon = "mouse-pointer-click"
    markers = ("engaged",)
    keys = frozenset({"engaged", "by", "campaign", "channel", *comparisons.DATED})

    def schema(self) -> dict[str, Any]:
        properties = {
            "engaged": {"enum": list(VERBS)},
            "by": {"enum": list(BY), "default": "human"},
            "campaign": {**NAME_SCHEMA, "description": "The id of what ordered the message; left out: any."},
            "channel": {**NAME_SCHEMA, "description": "Left out: on any channel."},
            **comparisons.schema(comparisons.DATED),
        }
        return {"properties": properties, "required": ["engaged"]}

    def check(self, clause: Clause, pointer: str, report: Report) -> None:
        self.unknown_keys(clause, pointer, report)
        if clause["engaged"] not in VERBS:
            report.add(child(pointer, "engaged"), _("Use opened, clicked or unsubscribed."))
        if clause.get("by", "human") not in BY:
            report.add(child(pointer, "by"), _("Use human, machine or anyone."))
        for key, what in (("campaign", _("campaign")), ("channel", _("channel"))):
            if key in clause:
                tree.name_problem(clause[key], what, child(pointer, key), report)
        comparisons.check(
            {key: clause[key] for key in comparisons.DATED if key in clause}, pointer, report, required=False
        )

    def missing(self, clause: Clause) -> list[Problem]:
        if "channel" not in clause:
            return []
        channels = [channel.key for channel in CONSENT_CHANNELS]
        problem = unknown("/channel", _("channel"), clause["channel"], channels)
        return [problem] if problem else []

    def compile(self, clause: Clause, to: Compilation) -> str:
        rows = to.column(COLUMN, CHANGED)
        return f"arrayExists(e -> {self._fits(clause, to)}, {rows})"

    def _fits(self, clause: Clause, to: Compilation) -> str:
        conditions = [f"e.1 = {to.bind(VERBS[clause['engaged']], 'String')}", BY[clause.get("by", "human")]]
        for place, key in ((2, "channel"), (3, "campaign")):
            if key in clause:
                conditions.append(f"e.{place} = {to.bind(clause[key], 'String')}")
        dated = {key: clause[key] for key in comparisons.DATED if key in clause}
        return " AND ".join([*conditions, comparisons.compile_all(dated, Moment("e.4"), to)])

    def describe(self, clause: Clause) -> str:
        verb = {
            "opened": _("opened a message"),
            "clicked": _("clicked in a message"),
            "unsubscribed": _("unsubscribed by a message"),
        }.get(str(clause.get("engaged")), "…")
        text = {
            "machine": _("%(verb)s (likely a machine)"),
            "anyone": _("%(verb)s (person or machine)"),
        }.get(str(clause.get("by", "human")), _("%(verb)s (likely human)")) % {"verb": verb}
        if clause.get("campaign"):
            text += " " + _("of “%(name)s”") % {
                "name": origin_names().get(clause["campaign"], clause["campaign"])
            }
        if clause.get("channel"):
            text += " " + _("by %(channel)s") % {"channel": channel_label(clause["channel"])}
        dated = {key: clause[key] for key in comparisons.DATED if key in clause}
        return (
            text + ", " + _("the last time %(said)s") % {"said": comparisons.describe(dated)}
            if dated
            else text
        )

    def evidence(self, clause: Clause, to: Compilation) -> dict[str, str]:
        rows = to.column(COLUMN, CHANGED)
        return {"fitting": f"arraySlice(arrayFilter(e -> {self._fits(clause, to)}, {rows}), 1, 3)"}

    def evidence_text(self, clause: Clause, values: dict[str, Any]) -> str:
        names = origin_names()
        return ", ".join(
            f"{names.get(origin_id, origin_id)}: {formats.day(at)}, {formats.percent(human, 0)}"
            for _kind, _channel, origin_id, at, human in values["fitting"]
        )

    def blank(self) -> Clause:
        return {"engaged": "clicked", "after": "-30d"}

    def moves_with_time(self, clause: Clause) -> bool:
        return comparisons.moves_with_time(clause)

    def next_changes(self, clause: Clause, to: Compilation) -> list[str]:
        rows = to.column(COLUMN, CHANGED)
        return [
            f"nullIf(arrayMin(arrayFilter(z -> z > 0, arrayMap(e -> ifNull({turn}, 0), {rows}))), 0)"
            for turn in comparisons.next_changes(clause, Moment("e.4"), to)
        ]


def origin_names(limit: int = 100) -> dict[str, str]:
    """{id: name} of what ordered the newest sends of marketing."""
    newest = Send.objects.filter(purpose__isnull=False).order_by("-pk")[:limit]
    described = queries.descriptions(newest)
    return {send.origin_id: described[send.pk].name for send in newest}
