"""What Rapport says of the customers of a connected system: traits, consents, membership of segments."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from rapport.connectors.meanings import CUSTOMER_ID, customers_begin
from rapport.connectors.models import Connector
from rapport.connectors.registry import Said, Writing
from rapport.connectors.services.deciding import CONSENT, IN, OUT
from rapport.connectors.telling import moment
from rapport.governance.models import Consent
from rapport.people.models import Identifier, Person
from rapport.segments.models import Membership, Segment

TAG = "rapport-"


@dataclass(frozen=True, slots=True)
class Ours:
    """`says` is by field, as `Writing.fields_in`; `reason` says why nothing of theirs may be written."""

    person_id: uuid.UUID
    says: dict[str, Said] = field(default_factory=dict)
    reason: str = ""


def prefix(connector: Connector) -> str:
    """How the numbers of its customers begin as identifiers."""
    return customers_begin(connector.kind, connector.store)


def fields_of(connector: Connector, writing: Writing) -> list[str]:
    """The fields of customers that are written there as it is set up."""
    on = connector.writes
    fields = list(writing.traits) if on.get("details") else []
    if on.get("consent") and purpose_of(connector):
        fields += [CONSENT + channel for channel in writing.channels]
    return fields + (["tags"] if on.get("tags") and writing.tags else [])


def purpose_of(connector: Connector) -> str:
    return str(connector.settings.get("consent_purpose") or "").strip()


def managed(connector: Connector) -> frozenset[str]:
    """The tags that are ours to set and to take away; all others are the shop's own."""
    return frozenset(TAG + key for key in connector.writes.get("tags") or ())


def persons_of(connector: Connector, customers: Iterable[str]) -> dict[str, uuid.UUID]:
    """{customer's id there: who that is}. One query."""
    begin = prefix(connector)
    rows = Identifier.objects.filter(type=CUSTOMER_ID, value__in=[begin + name for name in customers])
    return {value.removeprefix(begin): person for value, person in rows.values_list("value", "person_id")}


def of_customers(connector: Connector, writing: Writing, customers: Collection[str]) -> dict[str, Ours]:
    """What is to stand there, by customer; those whom nobody knows (any more) are left out. Four queries."""
    fields = fields_of(connector, writing)
    who = persons_of(connector, customers)
    persons = {row.pk: row for row in Person.objects.filter(pk__in=who.values(), erased_at=None)}
    consents, tags = _consents(connector, persons, fields), _tags(connector, persons, fields)
    result = {}
    for customer, person_id in who.items():
        if person := persons.get(person_id):
            says = _traits(person, fields) | consents.get(person_id, {})
            if "tags" in fields:
                says["tags"] = Said(sorted(tags.get(person_id, ())))
            result[customer] = Ours(person_id, says, "restricted" if person.restricted_at else "")
    return result


def _traits(person: Person, fields: Iterable[str]) -> dict[str, Said]:
    """Only what there is to say: nothing is emptied there because it is unknown here."""
    claims = person.trait_facts
    return {
        name: Said(value, moment((claims.get(name) or {}).get("at")))
        for name in fields
        if isinstance(value := person.traits.get(name), str | int | float) and value != ""
    }


def _consents(
    connector: Connector, persons: Mapping[uuid.UUID, Person], fields: Iterable[str]
) -> dict[uuid.UUID, dict[str, Said]]:
    channels = [name.removeprefix(CONSENT) for name in fields if name.startswith(CONSENT)]
    says: dict[uuid.UUID, dict[str, Said]] = {}
    if channels:
        rows = Consent.objects.filter(
            person_id__in=persons, purpose__key=purpose_of(connector), channel__in=channels
        )
        for person, channel, state, at in rows.values_list("person_id", "channel", "state", "at"):
            if state != Consent.State.PENDING:
                value = IN if state == Consent.State.GRANTED else OUT
                says.setdefault(person, {})[CONSENT + channel] = Said(value, at)
    return says


def _tags(
    connector: Connector, persons: Mapping[uuid.UUID, Person], fields: Iterable[str]
) -> dict[uuid.UUID, set[str]]:
    tags: dict[uuid.UUID, set[str]] = {}
    if "tags" in fields:
        wanted = Segment.objects.filter(key__in=connector.writes.get("tags") or (), archived_at=None)
        rows = Membership.objects.filter(person_id__in=persons, segment__in=wanted)
        for person, key in rows.values_list("person_id", "segment__key"):
            tags.setdefault(person, set()).add(TAG + key)
    return tags
