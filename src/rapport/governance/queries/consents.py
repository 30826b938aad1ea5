"""Reads of purposes and consent."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection
from django.db.models import Case, Count, F, Q, QuerySet, When
from django.http import Http404
from django.utils.translation import gettext as _

from rapport.core import crypto
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.queries import workspace
from rapport.governance import receipts
from rapport.governance.consent_rule import consent_rule
from rapport.governance.models import (
    AddressWithdrawal,
    Consent,
    ConsentRecord,
    Purpose,
)
from rapport.governance.queries.suppressions import suppressions_of
from rapport.governance.registry import CONSENT_CHANNELS
from rapport.people import identity_types
from rapport.people import queries as people
from rapport.people.models import Person
from rapport.people.queries.contact import contacts


def purposes(actor: Actor) -> QuerySet[Purpose]:
    """The purposes in use, in their order."""
    actor.require("people.view")
    return Purpose.objects.filter(archived_at=None).order_by("position", "key")


def purposes_by_key() -> dict[str, Purpose]:
    """All purposes, archived ones too: what was said about them stays true."""
    return {purpose.key: purpose for purpose in Purpose.objects.all()}


def purpose_ids() -> dict[str, int]:
    """{key: id} of all purposes, archived ones too."""
    return dict(Purpose.objects.values_list("key", "id"))


def consents_of(person_id: uuid.UUID) -> list[Consent]:
    """What the person has granted or withdrawn, one per purpose and channel."""
    consents = Consent.objects.filter(person_id=person_id).select_related("purpose", "record__wording")
    return list(consents.order_by("purpose__position", "purpose__key", "channel"))


def consents_needed() -> list[tuple[str, str, str]]:
    """[(purpose, channel, the purpose's name)] that anybody was ever asked about and that need consent."""
    rows = Consent.objects.filter(purpose__archived_at=None, purpose__basis="consent").order_by().distinct()
    return sorted(rows.values_list("purpose__key", "channel", "purpose__name"))


def consent_states(person_ids: Iterable[uuid.UUID]) -> Iterator[tuple[uuid.UUID, str, str, str, bool]]:
    """(person, purpose, channel, state, whether the record holds evidence) of each consent. One query."""
    rows = Consent.objects.filter(person_id__in=list(person_ids)).annotate(
        proven=Case(When(record__evidence={}, record__wording=None, then=False), default=True)
    )
    yield from rows.values_list("person_id", "purpose__key", "channel", "state", "proven")


def profile_section(person_id: uuid.UUID) -> list[dict[str, Any]]:
    """The consents of a person as the REST API shows them."""
    return [shown(consent) for consent in consents_of(person_id)]


def shown(consent: Consent) -> dict[str, Any]:
    """`id` is that of the ledger line that decides."""
    return {
        "id": consent.record_id,
        "purpose": consent.purpose.key,
        "channel": consent.channel,
        "state": consent.state,
        "at": consent.at.isoformat(),
        "expires_at": consent.expires_at.isoformat() if consent.expires_at else None,
        "source": consent.record.source,
    }


def receipt_of(person_id: uuid.UUID, line_id: int) -> dict[str, Any]:
    """The receipt (ISO/IEC TS 27560) of one line about the person or somebody merged into them. Raises Http404."""
    lines = ConsentRecord.objects.filter(person_id__in=people.family(person_id))
    lines = lines.select_related("purpose", "wording").order_by("at", "id")
    line = lines.filter(pk=line_id).first()
    if line is None:
        raise Http404
    history = list(lines.filter(purpose=line.purpose, channel=line.channel))
    return receipts.receipt(line, history, workspace(), person_id)


def ledger_of(actor: Actor, person_id: uuid.UUID) -> QuerySet[ConsentRecord]:
    """Every line about the person and those merged into them, newest first."""
    actor.require("people.view")
    lines = ConsentRecord.objects.filter(person_id__in=people.family(person_id))
    return lines.select_related("purpose", "wording").order_by("-at", "-id")


def allowed(person_id: uuid.UUID, channels: list[str], clock: Clock = SYSTEM) -> set[tuple[int, str]]:
    """What was granted or not refused, for the person and their address: {(purpose id, channel)}."""
    return {
        (purpose, channel)
        for purpose, channel, refusal in _refusals(person_id, channels, clock.now())
        if not refusal
    }


def withdrawn_by_others(
    person_id: uuid.UUID, clock: Clock = SYSTEM
) -> dict[tuple[int, str], tuple[dt.datetime, str]]:
    """{(purpose id, channel): (when, source)} of what stands for the person, but was withdrawn for their address."""
    channels = [channel.key for channel in CONSENT_CHANNELS if channel.identifier]
    stopped = [
        row[:2] for row in _refusals(person_id, channels, clock.now()) if row[2] == "address_withdrawn"
    ]
    if not stopped:
        return {}
    hashes = _address_hashes(person_id, channels)
    rows = AddressWithdrawal.objects.filter(address_hash__in=hashes.values())
    noted = {
        (purpose, channel): (at, source)
        for purpose, channel, at, source in rows.values_list("purpose_id", "channel", "at", "source")
    }
    return {key: noted[key] for key in stopped}


def _refusals(person_id: uuid.UUID, channels: list[str], now: dt.datetime) -> list[tuple[int, str, str]]:
    """[(purpose id, channel, refusal)] by consent, the person's and that for their address."""
    rule = consent_rule(
        person="%(person)s::uuid",
        purpose="p.id",
        channel="c.channel",
        address_hash="c.address_hash",
        now="%(now)s",
    )
    hashes = _address_hashes(person_id, channels)
    statement = f"""
        SELECT p.id, c.channel, {rule.by_consent} FROM governance_purpose p
        CROSS JOIN unnest(%(channels)s::text[], %(hashes)s::text[]) AS c (channel, address_hash) {rule.joins}
    """
    values: dict[str, Any] = {
        "person": person_id,
        "now": now,
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


def purposes_with_counts(actor: Actor) -> QuerySet[Purpose]:
    """All purposes, archived ones last, with `granted`: how many consents stand (over all channels)."""
    actor.require("settings.view")
    standing = Count("consent", filter=Q(consent__state=ConsentRecord.State.GRANTED))
    return Purpose.objects.annotate(granted=standing).order_by(
        F("archived_at").asc(nulls_first=True), "position", "key"
    )


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
