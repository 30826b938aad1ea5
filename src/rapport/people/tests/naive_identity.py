"""What identity resolution must come to, in the plainest Python: components of what came together, and their names."""

from __future__ import annotations

import uuid

STRENGTH = ["user_id", "email", "phone", "anonymous_id"]
NAMESPACE = uuid.UUID("5d0a3c0e-1a63-5b0f-9c2b-6b1c9b1c7a10")


def persons(sightings):
    """{identifier: person id} for sightings (at, message_id, [identifiers]) whose limits nobody exceeds."""
    groups = []
    for _, _, identifiers in sightings:
        touched = [group for group in groups if group & set(identifiers)]
        groups = [group for group in groups if group not in touched]
        groups.append(set(identifiers).union(*touched))
    return {identifier: name(group, sightings) for group in groups for identifier in group}


def first_seen(identifier, sightings):
    return min((at, message) for at, message, identifiers in sightings if identifier in identifiers)


def name(group, sightings):
    """The strongest identifier's name, unless the event it was first seen in had an older one in it."""
    first_seen_at = {identifier: first_seen(identifier, sightings) for identifier in group}
    strongest = min(
        group,
        key=lambda identifier: (STRENGTH.index(identifier[0]), first_seen_at[identifier], identifier[1]),
    )
    while True:
        company = next(ids for at, message, ids in sightings if (at, message) == first_seen_at[strongest])
        company = sorted(company, key=lambda identifier: STRENGTH.index(identifier[0]))
        older = [identifier for identifier in company if first_seen_at[identifier] < first_seen_at[strongest]]
        if not older:
            twins = [
                identifier for identifier in company if first_seen_at[identifier] == first_seen_at[strongest]
            ]
            return uuid.uuid5(NAMESPACE, f"{twins[0][0]}:{twins[0][1]}")
        strongest = older[0]
