"""Requests for pixels and links as they come in: one row each, in one statement, judged a little later by a worker.

The wait lets a scanner show itself by what it does next (all links at once, the hidden one), before triggers, scores
and segments hear of the first click.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any

from django.conf import settings
from django.db import connection

from rapport.core.services.wake import wake
from rapport.messaging.models import TrackingRequest

WAKES = "messaging.judging"
# So many requests of one kind of a message are kept; more tell nothing new, and nobody shall flood the table.
MOST = 200
# For so long later signs change the judgement; for so long requests of one address can be compared.
KEPT, COMPARED = dt.timedelta(days=7), dt.timedelta(days=2)
BESIDE = (TrackingRequest.Kind.PROBE, TrackingRequest.Kind.LEAVE)  # only looked at beside others
_INSERT = """
INSERT INTO messaging_trackingrequest (delivery_id, kind, link_id, at, network, signs, due_at, number)
SELECT d.id, %(kind)s, %(link)s, %(at)s, %(network)s, %(signs)s::varchar(32)[], %(due)s, 0 FROM messaging_delivery d
WHERE d.id = %(delivery)s
    AND (SELECT count(*) FROM messaging_trackingrequest v WHERE v.delivery_id = d.id AND v.kind = %(kind)s) < %(most)s
RETURNING id
"""


def record(
    *,
    delivery_id: uuid.UUID,
    kind: str,
    now: dt.datetime,
    signs: Sequence[str] = (),
    network: str = "",
    link_id: int | None = None,
    at_once: bool = False,
) -> int | None:
    """Keeps a request; its id, or None if there is no such message or it had its fill. `at_once`: no need to wait."""
    wait = dt.timedelta() if at_once else dt.timedelta(seconds=settings.JUDGE_AFTER)
    values: dict[str, Any] = {
        "delivery": delivery_id,
        "kind": kind,
        "link": link_id,
        "at": now,
        "network": network,
        "signs": list(signs),
        "due": None if kind in BESIDE else now + wait,
        "most": MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, values)
        row = cursor.fetchone()
    if at_once and row:
        wake(WAKES)
    return row[0] if row else None


def add_sign(request_ids: Collection[int], sign: str, now: dt.datetime) -> int:
    """Something seen later of these requests; they are judged again. Returns how many it is new for."""
    rows = TrackingRequest.objects.filter(pk__in=request_ids).exclude(signs__contains=[sign])
    changed = 0
    for request in rows.select_for_update():
        request.signs.append(sign)
        request.due_at = request.due_at or now  # what waits goes on waiting
        request.save(update_fields=["signs", "due_at"])
        changed += 1
    return changed


def tidy(now: dt.datetime) -> int:
    """Forgets addresses, then requests, that nothing can be compared with any more."""
    TrackingRequest.objects.filter(at__lt=now - COMPARED).exclude(network="").update(network="")
    removed, _kinds = TrackingRequest.objects.filter(at__lt=now - KEPT, due_at=None).delete()
    return removed
