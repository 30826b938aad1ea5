"""Which addresses a statement of consent is about, as keyed hashes."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from rapport.core import crypto
from rapport.governance import queries
from rapport.governance.registry import CONSENT_CHANNELS
from rapport.people.models import Identifier
from rapport.people.queries.contact import contacts


@dataclass(slots=True)
class Addresses:
    """`current` is where the person is written to, `all` everything that is known to reach them."""

    current: str = ""
    all: set[str] = field(default_factory=set)


Reached = dict[tuple[uuid.UUID, str], Addresses]


def addresses_of(pairs: Iterable[tuple[uuid.UUID, str]]) -> Reached:
    """{(person, channel): the hashes of their addresses there}, for channels that have addresses."""
    persons: dict[str, set[uuid.UUID]] = defaultdict(set)
    for person_id, channel in pairs:
        persons[channel].add(person_id)
    reached: Reached = {}
    for channel, person_ids in persons.items():
        kind = CONSENT_CHANNELS[channel].identifier
        if not kind:
            continue
        reachable = contacts(person_ids, kind)
        identifiers: dict[uuid.UUID, set[str]] = defaultdict(set)
        rows = Identifier.objects.filter(
            person_id__in={contact.id for contact in reachable.values()}, type=kind
        )
        for owner, value in rows.values_list("person_id", "value"):
            identifiers[owner].add(value)
        for person_id, contact in reachable.items():
            texts = ({contact.address} | identifiers[contact.id]) - {""}
            reached[person_id, channel] = Addresses(
                crypto.address_hash(channel, contact.address) if contact.address else "",
                {crypto.address_hash(channel, text) for text in texts},
            )
    return reached


def hashes(channel: str, addresses: Iterable[str]) -> set[str]:
    """The hashes of addresses as they were written; what is none of the channel is left out."""
    normal = (queries.normal_address(channel, address) for address in addresses)
    return {crypto.address_hash(channel, address) for address in normal if address}
