"""Reads of suppression, and of the requests of the people themselves."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Count, QuerySet

from rapport.core import crypto, sql
from rapport.core.access import Actor
from rapport.governance.models import (
    SubjectRequest,
    Suppression,
)
from rapport.governance.registry import CONSENT_CHANNELS
from rapport.people import queries as people
from rapport.people.models import Identifier
from rapport.people.normalise import normalise


def normal_address(channel: str, address: str) -> str | None:
    """The address as it is hashed: normalised like an identifier, or trimmed for channels without one."""
    consent_channel = CONSENT_CHANNELS.get(channel)
    identifier = consent_channel.identifier if consent_channel else ""
    return normalise(identifier, address) if identifier else (address.strip() or None)


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


def open_requests(person_id: uuid.UUID) -> set[str]:
    """The kinds of what the person has asked for about their data and was not answered yet."""
    rows = SubjectRequest.objects.filter(person_id__in=people.family(person_id), completed_at=None)
    return set(rows.values_list("kind", flat=True))


def subject_requests(actor: Actor) -> QuerySet[SubjectRequest]:
    """Receipts of exports and erasures, newest first."""
    actor.require("settings.view")
    return SubjectRequest.objects.order_by("-requested_at", "-id")
