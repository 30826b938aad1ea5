"""What happens to points, as events on the person's timeline: each once, in the transaction of its entry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from rapport.core.clock import Clock
from rapport.core.services import outbox
from rapport.core.services.outbox import DomainEvent
from rapport.loyalty.models import Entry, Referral
from rapport.people.models import Person

EVENTS = {
    Entry.Kind.EARN: "Points Earned",
    Entry.Kind.SPEND: "Points Spent",
    Entry.Kind.EXPIRE: "Points Expired",
}
REFERRALS = {Referral.State.REFUSED: "Referral Refused", Referral.State.REWARDED: "Referral Rewarded"}
# What is older is history that was loaded: nobody wants to be told of it now.
LATENESS = dt.timedelta(days=30)


def tell(entries: Iterable[Entry], clock: Clock) -> None:
    """Emits the events of written entries, in the caller's transaction."""
    oldest = clock.now() - LATENESS
    outbox.emit_many(
        [
            DomainEvent(
                EVENTS[Entry.Kind(entry.kind)],
                entry.account.person_id,
                _properties(entry),
                f"points-{entry.pk}",
                entry.at,
            )
            for entry in entries
            if entry.kind in EVENTS and entry.points and entry.account.person_id and entry.at >= oldest
        ],
        clock=clock,
    )


def _properties(entry: Entry) -> dict[str, Any]:
    account = entry.account
    properties = {
        "program": account.program.key,
        "account_id": str(account.pk),
        "points": abs(entry.points),
        "balance": account.balance,
        "pending": account.pending,
        "reason": entry.note or ", ".join(reason["rule"] for reason in entry.reasons if "rule" in reason),
        "order": str(entry.order_ref or ""),
    }
    return {name: value for name, value in properties.items() if value != ""}


def tell_of_referral(referral: Referral, person: Person, clock: Clock) -> None:
    """On the member's timeline that a friend counts, or why not; before that on the friend's that they came.

    Who the other is stays apart.
    """
    name = REFERRALS.get(Referral.State(referral.state), "Referral Accepted")
    properties = {"program": referral.program.key, "reason": referral.reason}
    kept = {key: value for key, value in properties.items() if value}
    message_id = f"referral-{referral.pk}-{referral.state}"
    outbox.emit_many([DomainEvent(name, person.pk, kept, message_id, clock.now())], clock=clock)
