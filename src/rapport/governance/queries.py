"""Reads of consent, suppression and the requests of the people themselves."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection
from django.db.models import Case, Count, F, Q, QuerySet, When
from django.utils.translation import gettext as _

from rapport.core import crypto, sql
from rapport.core.access import Actor
from rapport.governance.consent_rule import consent_rule
from rapport.governance.models import (
    AddressWithdrawal,
    Consent,
    ConsentRecord,
    Purpose,
    SubjectRequest,
    Suppression,
)
from rapport.governance.registry import CONSENT_CHANNELS
from rapport.people import identity_types
from rapport.people import queries as people
from rapport.people.models import Identifier, Person
from rapport.people.normalise import normalise
from rapport.people.queries.contact import contacts


def purposes(actor: Actor) -> QuerySet[Purpose]:
    """The purposes in use, in their order."""
    actor.require("people.view")
    return Purpose.objects.filter(archived_at=None).order_by("position", "key")


def purpose_ids() -> dict[str, int]:
    """{key: id} of all purposes, archived ones too: what was said about them stays true."""
    return dict(Purpose.objects.values_list("key", "id"))


def consents_of(person_id: uuid.UUID) -> list[Consent]:
    """What the person has granted or withdrawn, one per purpose and channel."""
    consents = Consent.objects.filter(person_id=person_id).select_related("purpose", "record")
    return list(consents.order_by("purpose__position", "purpose__key", "channel"))


def consents_needed() -> list[tuple[str, str, str]]:
    """[(purpose, channel, the purpose's name)] that anybody was ever asked about and that need consent."""
    rows = Consent.objects.filter(purpose__archived_at=None, purpose__basis="consent").order_by().distinct()
    return sorted(rows.values_list("purpose__key", "channel", "purpose__name"))


def consent_states(person_ids: Iterable[uuid.UUID]) -> Iterator[tuple[uuid.UUID, str, str, str, bool]]:
    """(person, purpose, channel, state, whether the record holds evidence) of each consent. One query."""
    rows = Consent.objects.filter(person_id__in=list(person_ids)).annotate(
        proven=Case(When(record__evidence={}, then=False), default=True)
    )
    yield from rows.values_list("person_id", "purpose__key", "channel", "state", "proven")


def profile_section(person_id: uuid.UUID) -> list[dict[str, str]]:
    """The consents of a person as the REST API shows them."""
    return [shown(consent) for consent in consents_of(person_id)]


def shown(consent: Consent) -> dict[str, str]:
    return {
        "purpose": consent.purpose.key,
        "channel": consent.channel,
        "state": consent.state,
        "at": consent.at.isoformat(),
        "source": consent.record.source,
    }


def ledger_of(actor: Actor, person_id: uuid.UUID) -> QuerySet[ConsentRecord]:
    """Every line about the person and those merged into them, newest first."""
    actor.require("people.view")
    lines = ConsentRecord.objects.filter(person_id__in=people.family(person_id))
    return lines.select_related("purpose").order_by("-at", "-id")


def granted(person_id: uuid.UUID, purpose: str, channel: str) -> Consent | None:
    """The consent that allows it, or None."""
    return (
        Consent.objects.filter(person_id=person_id, purpose__key=purpose, channel=channel, state="granted")
        .select_related("purpose", "record")
        .first()
    )


def normal_address(channel: str, address: str) -> str | None:
    """The address as it is hashed: normalised like an identifier, or trimmed for channels without one."""
    consent_channel = CONSENT_CHANNELS.get(channel)
    identifier = consent_channel.identifier if consent_channel else ""
    return normalise(identifier, address) if identifier else (address.strip() or None)


def allowed(person_id: uuid.UUID, channels: list[str]) -> set[tuple[int, str]]:
    """What was granted or not refused, for the person and their address: {(purpose id, channel)}."""
    return {(purpose, channel) for purpose, channel, refusal in _refusals(person_id, channels) if not refusal}


def withdrawn_by_others(person_id: uuid.UUID) -> dict[tuple[int, str], tuple[dt.datetime, str]]:
    """{(purpose id, channel): (when, source)} of what stands for the person, but was withdrawn for their address."""
    channels = [channel.key for channel in CONSENT_CHANNELS if channel.identifier]
    stopped = [row[:2] for row in _refusals(person_id, channels) if row[2] == "address_withdrawn"]
    if not stopped:
        return {}
    hashes = _address_hashes(person_id, channels)
    rows = AddressWithdrawal.objects.filter(address_hash__in=hashes.values())
    noted = {
        (purpose, channel): (at, source)
        for purpose, channel, at, source in rows.values_list("purpose_id", "channel", "at", "source")
    }
    return {key: noted[key] for key in stopped}


def _refusals(person_id: uuid.UUID, channels: list[str]) -> list[tuple[int, str, str]]:
    """[(purpose id, channel, refusal)] by consent, the person's and that for their address."""
    rule = consent_rule(
        person="%(person)s::uuid", purpose="p.id", channel="c.channel", address_hash="c.address_hash"
    )
    hashes = _address_hashes(person_id, channels)
    statement = f"""
        SELECT p.id, c.channel, {rule.by_consent} FROM governance_purpose p
        CROSS JOIN unnest(%(channels)s::text[], %(hashes)s::text[]) AS c (channel, address_hash) {rule.joins}
    """
    values: dict[str, Any] = {
        "person": person_id,
        "channels": channels,
        "hashes": [hashes.get(key, "") for key in channels],
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _address_hashes(person_id: uuid.UUID, channels: list[str]) -> dict[str, str]:
    """{channel: the hash of the address the person is written to there}."""
    identifiers = {channel.key: channel.identifier for channel in CONSENT_CHANNELS if channel.key in channels}
    addresses = {
        identifier: contact.address
        for identifier in set(identifiers.values()) - {""}
        if (contact := contacts([person_id], identifier).get(person_id))
    }
    return {
        key: crypto.address_hash(key, address)
        for key, identifier in identifiers.items()
        if (address := addresses.get(identifier))
    }


def address_traits() -> dict[str, str]:
    """{channel: the trait that its addresses are stated in}, of the channels that have one."""
    rules = identity_types.current().by_key
    kinds = {channel.key: rules.get(channel.identifier) for channel in CONSENT_CHANNELS}
    return {channel: rule.trait for channel, rule in kinds.items() if rule and rule.trait}


def suppressed(channel: str, addresses: Iterable[str]) -> set[str]:
    """Those of the addresses (as given) that nothing may be sent to."""
    hashes: dict[str, set[str]] = {}
    for address in addresses:
        if (normal := normal_address(channel, address)) is not None:
            hashes.setdefault(crypto.address_hash(channel, normal), set()).add(address)
    hits = Suppression.objects.filter(channel=channel, address_hash__in=list(hashes))
    return {address for hit in hits.values_list("address_hash", flat=True) for address in hashes[hit]}


def suppression(actor: Actor, channel: str, address: str) -> Suppression | None:
    """The suppression of one address, to tell why it is not written to."""
    actor.require("people.view")
    normal = normal_address(channel, address)
    if normal is None:
        return None
    return Suppression.objects.filter(
        channel=channel, address_hash=crypto.address_hash(channel, normal)
    ).first()


def suppressions_of(person_id: uuid.UUID) -> list[dict[str, Any]]:
    """[{"channel", "reason", "at"}] of the person's own addresses that nothing may be sent to, newest first.

    With the reason `erased` the address was somebody's who asked to be forgotten: the person came back, or was brought.
    """
    identifiers = list(Identifier.objects.filter(person_id=person_id).values_list("type", "value"))
    hashes = [
        crypto.address_hash(channel.key, value)
        for channel in CONSENT_CHANNELS
        for type_, value in identifiers
        if type_ == channel.identifier
    ]
    rows = Suppression.objects.filter(address_hash__in=hashes).order_by("-at", "-id")
    return [{"channel": row.channel, "reason": row.reason, "at": row.at} for row in rows]


def suppressions(actor: Actor) -> QuerySet[Suppression]:
    actor.require("settings.view")
    return Suppression.objects.order_by("-at", "-id")


def suppression_counts(actor: Actor) -> list[dict[str, Any]]:
    """How many addresses are suppressed for which reason: [{"label", "count"}], most first."""
    labels = dict(Suppression.Reason.choices)
    counted = suppressions(actor).order_by().values("reason").annotate(count=Count("id"))
    return [
        {"label": labels[row["reason"]], "count": row["count"]}
        for row in counted.order_by("-count", "reason")
    ]


def purposes_with_counts(actor: Actor) -> QuerySet[Purpose]:
    """All purposes, archived ones last, with `granted`: how many consents stand (over all channels)."""
    actor.require("settings.view")
    standing = Count("consent", filter=Q(consent__state=ConsentRecord.State.GRANTED))
    return Purpose.objects.annotate(granted=standing).order_by(
        F("archived_at").asc(nulls_first=True), "position", "key"
    )


def subject_requests(actor: Actor) -> QuerySet[SubjectRequest]:
    """Receipts of exports and erasures, newest first."""
    actor.require("settings.view")
    return SubjectRequest.objects.order_by("-requested_at", "-id")


def granted_labels(person_ids: list[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    """{person: names of the purposes they agreed to}, for lists. One query."""
    granted = Consent.objects.filter(person_id__in=person_ids, state="granted")
    labels: dict[uuid.UUID, list[str]] = {}
    for person, name in granted.order_by("purpose__position").values_list("person_id", "purpose__name"):
        if name not in labels.setdefault(person, []):
            labels[person].append(name)
    return labels


def counts_of_lines(person_ids: list[uuid.UUID]) -> dict[uuid.UUID, int]:
    """How many lines of consent were recorded for each of these persons."""
    lines = ConsentRecord.objects.filter(person_id__in=person_ids).order_by().values("person_id")
    return dict(lines.annotate(number=Count("pk")).values_list("person_id", "number"))


def reachable(person: Person) -> tuple[str, str] | None:
    """By which channels marketing may reach the person, and for what; nothing for who is anonymous."""
    if not person.is_identified:
        return None
    if person.restricted_at:
        return _("Not reachable"), _("Processing restricted")
    purposes: dict[str, list[str]] = {}
    suppressed_on = {row["channel"] for row in suppressions_of(person.pk)}
    channels = [channel.key for channel in CONSENT_CHANNELS if channel.key not in suppressed_on]
    may = allowed(person.pk, channels)
    for consent in consents_of(person.pk):
        if consent.state == "granted" and (consent.purpose_id, consent.channel) in may:
            purposes.setdefault(consent.channel, []).append(consent.purpose.name)
    if not purposes:
        return _("Not reachable"), _("Suppressed") if suppressed_on else _("No consent")
    labels = {channel.key: str(channel.label) for channel in CONSENT_CHANNELS}
    names = dict.fromkeys(name for by_channel in purposes.values() for name in by_channel)
    return ", ".join(labels.get(channel, channel) for channel in purposes), ", ".join(names)


def has_erased() -> bool:
    """Whether anybody was erased at all."""
    return SubjectRequest.objects.filter(kind=SubjectRequest.Kind.ERASURE).exists() or (
        Suppression.objects.filter(reason=Suppression.Reason.ERASED).exists()
    )


def erased_addresses(hashes: Sequence[str]) -> set[str]:
    """Those of these keyed hashes that belong to somebody who was erased."""
    rows = sql.run(
        "SELECT DISTINCT address_hash FROM governance_suppression WHERE reason = %b AND address_hash = ANY(%b)",
        [Suppression.Reason.ERASED.value, list(hashes)],
    )
    return {address for (address,) in rows}


def erased_persons(person_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these people whose erasure was asked for."""
    rows = sql.run(
        "SELECT DISTINCT person_id FROM governance_subjectrequest WHERE kind = %b AND person_id = ANY(%b)",
        [SubjectRequest.Kind.ERASURE.value, sql.UuidArray([person.bytes for person in person_ids])],
    )
    return {person for (person,) in rows}
