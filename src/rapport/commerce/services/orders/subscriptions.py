"""Folds and writes subscriptions: orders that repeat."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rapport.commerce.services.order_facts.copying import copy, existing, replace
from rapport.commerce.services.order_facts.stored import StoredFact, home_of, in_time
from rapport.commerce.services.order_facts.structs import ZERO
from rapport.commerce.services.orders.store import moment_of
from rapport.commerce.services.orders.totals import stated

COLUMNS = (
    "id", "store", "external_id", "person_id", "home", "state", "plan", "interval", "currency", "amount", "started_at",
    "renewed_at", "renews_at", "ended_at", "renewals", "reason",
)  # fmt: skip
STATES = {
    "started": "active", "renewed": "active", "resumed": "active", "paused": "paused", "failed": "failing",
    "cancelled": "cancelled", "expired": "expired",
}  # fmt: skip
STARTING = frozenset({"started"})
ENDED = frozenset({"cancelled", "expired"})


def fold(stored_facts: Iterable[StoredFact]) -> dict[str, Any]:
    """The subscription, by the names of its columns; `person_id` is filled in later."""
    ordered = in_time(stored_facts)
    first = ordered[0]
    started = [stored.at for stored in ordered if stored.fact.kind == "started"]
    row: dict[str, Any] = dict.fromkeys(COLUMNS, "") | {
        "id": first.subject, "store": first.store, "external_id": first.external_id,
        "home": home_of(ordered, STARTING), "person_id": None, "amount": ZERO, "state": "active",
        "started_at": min(started, default=first.at), "renewed_at": None, "renews_at": None, "ended_at": None,
    }  # fmt: skip
    renewals: set[str] = set()
    for stored in ordered:
        _apply(row, stored, renewals)
    row["renewals"] = len(renewals)
    return row


def _apply(row: dict[str, Any], stored: StoredFact, renewals: set[str]) -> None:
    fact = stored.fact
    if fact.kind != "changed":
        row["state"] = STATES[fact.kind]
        row["ended_at"] = stored.at if fact.kind in ENDED else None
    for name in ("plan", "interval", "currency", "reason"):
        row[name] = getattr(fact, name) or row[name]
    row["renews_at"] = moment_of(fact.renews_at) or row["renews_at"]
    amount = fact.amount if fact.amount is not None else stated(fact)
    row["amount"] = amount if amount is not None else row["amount"]
    if fact.kind == "renewed":
        renewals.add(fact.order or fact.reference or stored.message_id)
        row["renewed_at"] = stored.at


def write(
    rows: Sequence[dict[str, Any]], people: Mapping[uuid.UUID, uuid.UUID], *, currency: str, now: dt.datetime
) -> None:
    """Writes folded subscriptions, in the caller's transaction."""
    for row in rows:
        row["person_id"] = people.get(row["home"])
        row["currency"] = row["currency"] or currency
    there = existing("commerce_subscription", [row["id"] for row in rows])
    values = [tuple(row[name] for name in COLUMNS) for row in rows]
    copy("commerce_subscription", COLUMNS, (row for row in values if row[0] not in there))
    replace("commerce_subscription", COLUMNS, (row for row in values if row[0] in there))
