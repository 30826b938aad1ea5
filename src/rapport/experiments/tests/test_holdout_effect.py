"""The effect of all marketing: who is holdout back is counted as the gate draws, and a planted effect comes out."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

import pytest

from rapport.core.clock import VirtualClock
from rapport.experiments.services import holdouts
from rapport.experiments.services.holdout_effect import effect

SINCE = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
NUMBER = 12_000


def order(person: uuid.UUID, at: dt.datetime, number: int) -> str:
    stamp = at.strftime("%Y-%m-%d %H:%M:%S")
    row = {"person_id": str(person), "at": stamp, "received_at": stamp, "event": "Order Completed"}
    more = {"type": "track", "source": "shop", "message_id": f"o{number}", "context": "{}"}
    return json.dumps(row | more | {"properties": json.dumps({"order_id": str(number)})})


def test_a_planted_effect_of_all_marketing_comes_out(db: None, clickhouse: Any, actor: Any) -> None:
    holdouts.set_share(actor=actor, percent=20, clock=VirtualClock(SINCE))
    people = [uuid.UUID(int=2**100 + number) for number in range(NUMBER)]
    base = {"version": 1, "deleted": 0, "is_identified": 1, "traits": {}, "identifiers": [], "consents": []}
    base |= dict.fromkeys(("first_seen_at", "last_seen_at"), "2026-01-01 00:00:00")
    rows = [base | {"person_id": str(person)} for person in people]
    clickhouse.insert_lines("people", "\n".join(map(json.dumps, rows)).encode(), token="p")
    holdout = set(holdouts.members(people))
    marketed = [person for person in people if person not in holdout]
    buying = marketed[: len(marketed) * 3 // 10] + sorted(holdout)[: len(holdout) // 5]
    lines = [order(person, SINCE + dt.timedelta(days=2), place) for place, person in enumerate(buying)]
    lines += [
        order(person, SINCE - dt.timedelta(days=2), NUMBER + place) for place, person in enumerate(holdout)
    ]
    clickhouse.insert_lines("events", "\n".join(lines).encode(), token="e")
    shown = effect(SINCE + dt.timedelta(days=30))
    assert shown
    assert (shown.holdout.persons, shown.treated.persons) == (len(holdout), len(marketed))
    assert shown.buyers.share.low < 0.5 < shown.buyers.share.high
    assert shown.buyers.share.estimate == pytest.approx(0.5, abs=0.01)
    assert shown.buyers.altogether.low > 0
