"""What of governance moves with a person and shows on his row in ClickHouse."""

from __future__ import annotations

import uuid
from typing import Any

from rapport.governance.models import Consent, ConsentRecord
from rapport.governance.services import ledger
from rapport.people.queries import families, survivor_of
from rapport.people.registry import Mergeable, Pair


def granted(person_ids: list[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    """{person: ["purpose/channel" of each granted consent]}."""
    found: dict[uuid.UUID, list[str]] = {person: [] for person in person_ids}
    states = Consent.objects.filter(person_id__in=person_ids, state=ConsentRecord.State.GRANTED)
    for person, purpose, channel in states.values_list("person_id", "purpose__key", "channel"):
        found[person].append(f"{purpose}/{channel}")
    return found


def merge(pairs: list[Pair]) -> dict[uuid.UUID, Any]:
    """Lines keep the person they were written for; the state is computed over the whole family."""
    absorbed = [pair[1] for pair in pairs]
    if ConsentRecord.objects.filter(person_id__in=absorbed).exists():
        ledger.rebuild(families(set(survivor_of(absorbed).values())))
    return {}


def unmerge(pair: Pair, snapshot: Any) -> None:
    ledger.rebuild(families(set(pair)))


MERGEABLE = Mergeable("governance", merge, unmerge)
