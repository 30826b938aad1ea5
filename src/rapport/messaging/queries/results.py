"""What came of a send: counted from the ledger and from engagement, humans and machines apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Count, Q

from rapport.content import queries as content
from rapport.messaging.models import Delivery, Engagement, Send

HUMAN = 0.5  # from this probability on, an open or a click counts as a human's
_SERIES = """
SELECT date_bin(%(step)s::interval, e.first_at, 'epoch'::timestamptz), e.kind, count(*)
FROM messaging_engagement e JOIN messaging_delivery d ON d.id = e.delivery_id
WHERE d.send_id = ANY(%(sends)s) AND e.human_probability >= %(least)s
GROUP BY 1, 2 ORDER BY 1
"""


_COUNTED = """
SELECT send_id, kind, human, count(*) FROM (
    SELECT d.send_id, e.delivery_id, e.kind, max(e.human_probability) >= %(human)s AS human
    FROM messaging_engagement e JOIN messaging_delivery d ON d.id = e.delivery_id
    WHERE d.send_id = ANY(%(sends)s) GROUP BY 1, 2, 3
) judged GROUP BY 1, 2, 3
"""


_ENGAGED = (
    "opened_human", "opened_machine", "clicked_human", "clicked_machine", "unsubscribed", "unsubscribed_machine",
)  # fmt: skip


@dataclass(slots=True)
class Results:
    """Counts of deliveries. `opened_human` are deliveries opened at least once by somebody likely human;
    `opened_machine` those that only machines opened. `unsubscribed_machine` is a part of `unsubscribed`."""

    total: int = 0
    states: dict[str, int] = field(default_factory=dict)
    reasons: dict[tuple[str, str], int] = field(default_factory=dict)
    opened_human: int = 0
    opened_machine: int = 0
    clicked_human: int = 0
    clicked_machine: int = 0
    unsubscribed: int = 0
    unsubscribed_machine: int = 0

    @property
    def opened(self) -> int:
        return self.opened_human + self.opened_machine

    @property
    def clicked(self) -> int:
        return self.clicked_human + self.clicked_machine

    @property
    def sent(self) -> int:
        return self.states.get("sent", 0)

    @property
    def skipped(self) -> int:
        return self.states.get("skipped", 0)

    @property
    def failed(self) -> int:
        return self.states.get("failed", 0)

    @property
    def uncertain(self) -> int:
        return self.states.get("uncertain", 0)

    @property
    def waiting(self) -> int:
        return self.states.get("queued", 0) + self.states.get("claimed", 0)

    @property
    def done(self) -> int:
        return self.total - self.waiting

    def rate(self, count: int) -> float | None:
        """A count as a share of what was sent, or None before anything was."""
        return count / self.sent if self.sent else None


def results(*sends: Send) -> Results:
    """Of these together."""
    return together(results_of([send.pk for send in sends]).values())


def together(several: Iterable[Results]) -> Results:
    """Their sum."""
    whole = Results()
    for result in several:
        whole.total += result.total
        for state, count in result.states.items():
            whole.states[state] = whole.states.get(state, 0) + count
        for key, count in result.reasons.items():
            whole.reasons[key] = whole.reasons.get(key, 0) + count
        for name in _ENGAGED:
            setattr(whole, name, getattr(whole, name) + getattr(result, name))
    return whole


def results_of(send_ids: Iterable[int]) -> dict[int, Results]:
    """{send id: results}, in two queries however many sends."""
    results_by_send = {send_id: Results() for send_id in send_ids}
    deliveries = Delivery.objects.filter(send_id__in=list(results_by_send)).order_by()
    counted = deliveries.values_list("send_id", "state", "reason").annotate(count=Count("id"))
    for send_id, state, reason, count in counted:
        result = results_by_send[send_id]
        result.total += count
        result.states[state] = result.states.get(state, 0) + count
        if reason:
            result.reasons[(state, reason)] = count
    for send_id, kind, human, count in _engagements(list(results_by_send)):
        _add(results_by_send[send_id], kind, human, count)
    return results_by_send


def results_of_origin(origin: str, origin_ids: Iterable[str]) -> dict[str, Results]:
    """{id of what ordered it: results} of those that the ledger has, of all their sends together."""
    sends = Send.objects.filter(origin=origin, origin_id__in=list(origin_ids))
    by_origin: dict[str, list[int]] = {}
    for origin_id, pk in sends.values_list("origin_id", "pk"):
        by_origin.setdefault(origin_id, []).append(pk)
    by_send = results_of(pk for pks in by_origin.values() for pk in pks)
    return {origin_id: together(by_send[pk] for pk in pks) for origin_id, pks in by_origin.items()}


def _engagements(send_ids: list[int]) -> list[tuple[int, str, bool, int]]:
    """(send, kind, by a human, deliveries); a delivery counts once, however many of its links were clicked by whom."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, {"sends": send_ids, "human": HUMAN})
        rows: list[tuple[int, str, bool, int]] = cursor.fetchall()
    return rows


def _add(result: Results, kind: str, human: bool, count: int) -> None:
    if kind == "unsubscribe":
        result.unsubscribed += count
        result.unsubscribed_machine += 0 if human else count
    else:
        name = {"open": "opened", "click": "clicked"}[kind] + ("_human" if human else "_machine")
        setattr(result, name, count)


def link_results(*sends: Send) -> list[dict[str, Any]]:
    """Clicks per link: [{position, url, human, machine}], the most clicked first. Where several sends have the same
    link at the same place, it is one.
    """
    clicks = Engagement.objects.filter(delivery__send__in=sends, kind="click").order_by()
    counted = clicks.values_list("link_id").annotate(
        human=Count("id", filter=Q(human_probability__gte=HUMAN)),
        machine=Count("id", filter=Q(human_probability__lt=HUMAN)),
    )
    counts = {link_id: (human, machine) for link_id, human, machine in counted}
    rows: dict[tuple[int, str], dict[str, Any]] = {}
    for version in {send.template_version_id: None for send in sends}:
        for pk, at, url in content.links(version).values_list("id", "position", "url"):
            row = rows.setdefault((at, url), {"position": at, "url": url, "human": 0, "machine": 0})
            human, machine = counts.get(pk, (0, 0))
            row["human"] += human
            row["machine"] += machine
    return sorted(rows.values(), key=lambda row: -row["human"])


def engagement_series(
    sends: Sequence[Send], start: dt.datetime, now: dt.datetime, *, machines: bool = False
) -> dict[str, list[Any]]:
    """First opens and clicks over time, of humans unless with `machines`: {"at": […], "open": […], "click": […]}."""
    step = _step(now - start)
    values = {"sends": [send.pk for send in sends], "least": 0 if machines else HUMAN, "step": str(step)}
    with connection.cursor() as cursor:
        cursor.execute(_SERIES, values)
        rows = cursor.fetchall()
    counts = {(row[0], row[1]): row[2] for row in rows}
    moments = _between(rows[0][0], rows[-1][0], step) if rows else []
    series: dict[str, list[Any]] = {"at": moments}
    for kind in ("open", "click", "unsubscribe"):
        series[kind] = [counts.get((moment, kind), 0) for moment in moments]
    return series


def _between(first: dt.datetime, last: dt.datetime, step: dt.timedelta) -> list[dt.datetime]:
    """Every step from first to last, quiet ones too, at most 500."""
    count = min(500, int((last - first) / step) + 1)
    return [first + step * at for at in range(count)]


def _step(span: dt.timedelta) -> dt.timedelta:
    if span <= dt.timedelta(hours=3):
        return dt.timedelta(minutes=5)
    return dt.timedelta(hours=1) if span <= dt.timedelta(days=4) else dt.timedelta(days=1)
