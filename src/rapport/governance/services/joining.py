"""Consents of two persons who become one, and part again."""

from __future__ import annotations

import uuid
from typing import Any

from rapport.governance.models import Consent, ConsentRecord
from rapport.governance.services import ledger
from rapport.people import queries as people
from rapport.people.registry import Mergeable


def merge(pairs: list[tuple[uuid.UUID, uuid.UUID]]) -> dict[uuid.UUID, Any]:
    """Lets the state of each (survivor, absorbed) follow from both ledgers.

    The lines stay with whom they were recorded for. Returns {absorbed: {}} for those who had any.
    """
    absorbed = [pair[1] for pair in pairs]
    holders = set(Consent.objects.filter(person_id__in=absorbed).values_list("person_id", flat=True))
    if not holders:
        return {}
    everybody = people.families({person for pair in pairs for person in pair})
    moved: dict[uuid.UUID, Any] = {}
    for survivor, gone in pairs:
        everybody.setdefault(survivor, [survivor]).extend(everybody.pop(gone, [gone]))
        if gone in holders:
            moved[gone] = {}
            holders.add(survivor)
    ledger.rebuild(everybody)
    return moved


def unmerge(pair: tuple[uuid.UUID, uuid.UUID], _snapshot: object = None) -> None:
    """Parts the two again: each state follows from its own ledger, to which its later lines return."""
    survivor, absorbed = pair
    members = people.families(pair)
    apart = members.get(absorbed, [absorbed])
    rest = [member for member in members.get(survivor, [survivor]) if member not in set(apart)]
    for member in apart:
        # Said since the merge, by an event that carried the parted person's identifiers.
        ConsentRecord.objects.filter(person_id=survivor, evidence__home=str(member)).update(person_id=member)
    ledger.rebuild({survivor: rest, absorbed: apart})


MERGEABLE = Mergeable("consent", ("governance.Consent.person",), merge, unmerge)
