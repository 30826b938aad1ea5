"""What stands around a request: how soon it came, what else was followed with it, what its address did elsewhere."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from rapport.messaging.models import TrackingRequest

Kind = TrackingRequest.Kind
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
SELECT v.id FROM messaging_trackingrequest v CROSS JOIN LATERAL (
    SELECT count(DISTINCT delivery_id) AS recipients FROM (
        SELECT o.delivery_id FROM messaging_trackingrequest o
        WHERE o.network = v.network AND o.network <> '' AND o.kind = ANY(%(links)s)
            AND o.at BETWEEN v.at - %(together)s AND v.at + %(together)s LIMIT 200
    ) near
) shared
WHERE v.id = ANY(%(ids)s) AND v.network <> '' AND v.kind = ANY(%(links)s) AND shared.recipients >= %(recipients)s
"""
_NEIGHBOURS = """
SELECT DISTINCT o.delivery_id
FROM messaging_trackingrequest v JOIN messaging_trackingrequest o ON o.network = v.network AND o.network <> ''
    AND o.at BETWEEN v.at - CASE v.kind WHEN 'trap' THEN %(hour)s ELSE %(together)s END
        AND v.at + CASE v.kind WHEN 'trap' THEN %(hour)s ELSE %(together)s END
WHERE v.id = ANY(%(ids)s) AND v.network <> '' AND v.kind = ANY(%(links)s) LIMIT %(limit)s
"""


@dataclass(slots=True)
class Surroundings:
    """`sent` is when each message went out; `requests` all that was requested of each; `traps` by address."""

    sent: Mapping[uuid.UUID, dt.datetime | None] = field(default_factory=dict)
    requests: Mapping[uuid.UUID, Sequence[TrackingRequest]] = field(default_factory=dict)
    traps: Mapping[str, Sequence[dt.datetime]] = field(default_factory=dict)
    shared: frozenset[int] = frozenset()

    def signs(self, request: TrackingRequest) -> list[str]:
        """Those in the request, and those around it."""
        if "device_report" in request.signs or "mailbox_provider" in request.signs:
            return request.signs
        beside = self.requests.get(request.delivery_id, ())
        more = [
            _speed(request, self.sent.get(request.delivery_id)),
            self._trap(request, beside),
            _sweep(request, beside),
            "many_recipients" if request.pk in self.shared else "",
            "probed" if any(_probes(other, request) for other in beside) else "",
        ]
        return [*request.signs, *(sign for sign in more if sign)]

    def _trap(self, request: TrackingRequest, beside: Iterable[TrackingRequest]) -> str:
        by_address = self.traps.get(request.network, ()) if request.network else ()
        if any(abs(at - request.at) <= TRAP_SAME_ADDRESS for at in by_address):
            return "hidden_link"
        # A picture is loaded when a mail is read too: only what follows links is of the same sweep.
        if request.kind != Kind.OPEN and any(
            other.kind == Kind.TRAP and abs(other.at - request.at) <= TRAP_SAME_MESSAGE for other in beside
        ):
            return "hidden_link_nearby"
        return ""


def around(
    requests: Mapping[uuid.UUID, Sequence[TrackingRequest]], sent: Mapping[uuid.UUID, dt.datetime | None]
) -> Surroundings:
    """Asks what has to be asked for these messages, in two queries."""
    flat = [request for of_message in requests.values() for request in of_message]
    networks = {request.network for request in flat if request.network}
    traps: dict[str, list[dt.datetime]] = defaultdict(list)
    for network, at in TrackingRequest.objects.filter(kind=Kind.TRAP, network__in=networks).values_list(
        "network", "at"
    ):
        traps[network].append(at)
    with connection.cursor() as cursor:
        values: dict[str, Any] = {
            "ids": [request.pk for request in flat],
            "links": list(_LINKS),
            "together": TOGETHER,
        }
        cursor.execute(_SHARED, {**values, "recipients": RECIPIENTS})
        shared = frozenset(row[0] for row in cursor.fetchall())
    return Surroundings(sent, requests, traps, shared)


def neighbours(request_ids: Collection[int]) -> set[uuid.UUID]:
    """The messages whose judgement these requests may change, because the same address followed their links."""
    with connection.cursor() as cursor:
        values: dict[str, Any] = {
            "ids": list(request_ids),
            "links": list(_LINKS),
            "hour": TRAP_SAME_ADDRESS,
            "together": TOGETHER,
        }
        cursor.execute(_NEIGHBOURS, {**values, "limit": NEIGHBOURS})
        return {row[0] for row in cursor.fetchall()}


def _speed(request: TrackingRequest, sent: dt.datetime | None) -> str:
    if sent is None:
        return ""
    seconds = (request.at - sent).total_seconds()
    if "image_proxy" in request.signs:
        return "proxy_on_arrival" if seconds < 10 else ""
    for limit, sign in ((2, "at_once"), (10, "very_fast"), (60, "fast")):
        if seconds < limit:
            return sign
    return ""


def _sweep(request: TrackingRequest, beside: Iterable[TrackingRequest]) -> str:
    """Whether other links of the message were followed with this one, by whatever address: scanners have many.

    A picture belongs to a sweep that the same address made soon before or after.
    """
    clicks = [other for other in beside if other.kind in _FOLLOWED and "device_report" not in other.signs]
    if request.kind == Kind.CLICK:
        gaps = _gaps(request, clicks)
        if sum(gap <= SWEEP for gap in gaps) >= 3:
            return "many_links"
        if sum(gap <= PAIR for gap in gaps) == 2:
            return "two_links"
        return "links_in_a_row" if sum(gap <= ROW for gap in gaps) >= 4 else ""
    if request.kind != Kind.OPEN or not request.network:
        return ""
    near = [
        other
        for other in clicks
        if other.network == request.network and abs(other.at - request.at) <= BEFORE_A_SWEEP
    ]
    swept = any(sum(gap <= SWEEP for gap in _gaps(other, near)) >= 3 for other in near)
    return "many_links" if swept else ""


def _gaps(request: TrackingRequest, clicks: Iterable[TrackingRequest]) -> list[float]:
    """For each link, the seconds between this click and the nearest on that link."""
    gaps: dict[object, float] = {}
    for other in clicks:
        place = other.link_id if other.kind == Kind.CLICK else other.kind
        gap = abs((other.at - request.at).total_seconds())
        gaps[place] = min(gap, gaps.get(place, gap))
    return list(gaps.values())


def _probes(other: TrackingRequest, request: TrackingRequest) -> bool:
    near = abs(other.at - request.at) <= TOGETHER
    return other.kind == Kind.PROBE and bool(request.network) and other.network == request.network and near
