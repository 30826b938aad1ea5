"""What stands around a request: how soon it came, what else was followed with it, what its address did elsewhere."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from rapport.messaging.models import Visit

Kind = Visit.Kind
# Links within so many seconds are one sweep of a scanner; nobody reads that fast.
SWEEP, PAIR, ROW = 5.0, 2.0, 60.0
BEFORE_A_SWEEP = dt.timedelta(minutes=5)
TRAP_SAME_ADDRESS = dt.timedelta(hours=1)
TRAP_SAME_MESSAGE = dt.timedelta(minutes=2)
TOGETHER = dt.timedelta(minutes=1)
RECIPIENTS = 4  # of so many the same address follows links within a minute: it is a scanner's
NEIGHBOURS = 2_000
_FOLLOWED = (Kind.CLICK, Kind.TRAP, Kind.LEAVE)
_LINKS = ("click", "trap", "probe")
_SHARED = """
SELECT v.id FROM messaging_visit v CROSS JOIN LATERAL (
    SELECT count(DISTINCT delivery_id) AS recipients FROM (
        SELECT o.delivery_id FROM messaging_visit o
        WHERE o.network = v.network AND o.network <> '' AND o.kind = ANY(%(links)s)
            AND o.at BETWEEN v.at - %(together)s AND v.at + %(together)s LIMIT 200
    ) near
) shared
WHERE v.id = ANY(%(ids)s) AND v.network <> '' AND v.kind = ANY(%(links)s) AND shared.recipients >= %(recipients)s
"""
_NEIGHBOURS = """
SELECT DISTINCT o.delivery_id FROM messaging_visit v JOIN messaging_visit o ON o.network = v.network AND o.network <> ''
    AND o.at BETWEEN v.at - CASE v.kind WHEN 'trap' THEN %(hour)s ELSE %(together)s END
        AND v.at + CASE v.kind WHEN 'trap' THEN %(hour)s ELSE %(together)s END
WHERE v.id = ANY(%(ids)s) AND v.network <> '' AND v.kind = ANY(%(links)s) LIMIT %(limit)s
"""


@dataclass(slots=True)
class Surroundings:
    """`sent` is when each message went out; `visits` all that was requested of each; `traps` by address."""

    sent: Mapping[uuid.UUID, dt.datetime | None] = field(default_factory=dict)
    visits: Mapping[uuid.UUID, Sequence[Visit]] = field(default_factory=dict)
    traps: Mapping[str, Sequence[dt.datetime]] = field(default_factory=dict)
    shared: frozenset[int] = frozenset()

    def signs(self, visit: Visit) -> list[str]:
        """Those in the request, and those around it."""
        if "device_report" in visit.signs or "mailbox_provider" in visit.signs:
            return visit.signs
        beside = self.visits.get(visit.delivery_id, ())
        more = [
            _speed(visit, self.sent.get(visit.delivery_id)),
            self._trap(visit, beside),
            _sweep(visit, beside),
            "many_recipients" if visit.pk in self.shared else "",
            "probed" if any(_probes(other, visit) for other in beside) else "",
        ]
        return [*visit.signs, *(sign for sign in more if sign)]

    def _trap(self, visit: Visit, beside: Iterable[Visit]) -> str:
        by_address = self.traps.get(visit.network, ()) if visit.network else ()
        if any(abs(at - visit.at) <= TRAP_SAME_ADDRESS for at in by_address):
            return "hidden_link"
        # A picture is loaded when a mail is read too: only what follows links is of the same sweep.
        if visit.kind != Kind.OPEN and any(
            other.kind == Kind.TRAP and abs(other.at - visit.at) <= TRAP_SAME_MESSAGE for other in beside
        ):
            return "hidden_link_nearby"
        return ""


def around(
    visits: Mapping[uuid.UUID, Sequence[Visit]], sent: Mapping[uuid.UUID, dt.datetime | None]
) -> Surroundings:
    """Asks what has to be asked for these messages, in two queries."""
    flat = [visit for of_message in visits.values() for visit in of_message]
    networks = {visit.network for visit in flat if visit.network}
    traps: dict[str, list[dt.datetime]] = defaultdict(list)
    for network, at in Visit.objects.filter(kind=Kind.TRAP, network__in=networks).values_list(
        "network", "at"
    ):
        traps[network].append(at)
    with connection.cursor() as cursor:
        values: dict[str, Any] = {
            "ids": [visit.pk for visit in flat],
            "links": list(_LINKS),
            "together": TOGETHER,
        }
        cursor.execute(_SHARED, {**values, "recipients": RECIPIENTS})
        shared = frozenset(row[0] for row in cursor.fetchall())
    return Surroundings(sent, visits, traps, shared)


def neighbours(visit_ids: Collection[int]) -> set[uuid.UUID]:
    """The messages whose judgement these requests may change, because the same address followed their links."""
    with connection.cursor() as cursor:
        values: dict[str, Any] = {
            "ids": list(visit_ids),
            "links": list(_LINKS),
            "hour": TRAP_SAME_ADDRESS,
            "together": TOGETHER,
        }
        cursor.execute(_NEIGHBOURS, {**values, "limit": NEIGHBOURS})
        return {row[0] for row in cursor.fetchall()}


def _speed(visit: Visit, sent: dt.datetime | None) -> str:
    if sent is None:
        return ""
    seconds = (visit.at - sent).total_seconds()
    if "image_proxy" in visit.signs:
        return "proxy_on_arrival" if seconds < 10 else ""
    for limit, sign in ((2, "at_once"), (10, "very_fast"), (60, "fast")):
        if seconds < limit:
            return sign
    return ""


def _sweep(visit: Visit, beside: Iterable[Visit]) -> str:
    """Whether other links of the message were followed with this one, by whatever address: scanners have many.

    A picture belongs to a sweep that the same address made soon before or after.
    """
    clicks = [other for other in beside if other.kind in _FOLLOWED and "device_report" not in other.signs]
    if visit.kind == Kind.CLICK:
        gaps = _gaps(visit, clicks)
        if sum(gap <= SWEEP for gap in gaps) >= 3:
            return "many_links"
        if sum(gap <= PAIR for gap in gaps) == 2:
            return "two_links"
        return "links_in_a_row" if sum(gap <= ROW for gap in gaps) >= 4 else ""
    if visit.kind != Kind.OPEN or not visit.network:
        return ""
    near = [
        other
        for other in clicks
        if other.network == visit.network and abs(other.at - visit.at) <= BEFORE_A_SWEEP
    ]
    swept = any(sum(gap <= SWEEP for gap in _gaps(other, near)) >= 3 for other in near)
    return "many_links" if swept else ""


def _gaps(visit: Visit, clicks: Iterable[Visit]) -> list[float]:
    """For each link, the seconds between this click and the nearest on that link."""
    gaps: dict[object, float] = {}
    for other in clicks:
        place = other.link_id if other.kind == Kind.CLICK else other.kind
        gap = abs((other.at - visit.at).total_seconds())
        gaps[place] = min(gap, gaps.get(place, gap))
    return list(gaps.values())


def _probes(other: Visit, visit: Visit) -> bool:
    near = abs(other.at - visit.at) <= TOGETHER
    return other.kind == Kind.PROBE and bool(visit.network) and other.network == visit.network and near
