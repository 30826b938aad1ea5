"""The one writer of consent: a ledger that only grows, and the state that follows from it.

What counts is when somebody said it, not when we heard it: the newest `at` wins, a withdrawal wins a tie.
So the same facts give the same state in whatever order, and however often, they arrive.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Container, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import msgspec
from django.core.exceptions import PermissionDenied
from django.db import transaction

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit, outbox
from rapport.governance import consent_days, queries
from rapport.governance.consent_days import plausible
from rapport.governance.models import Consent, ConsentRecord, Purpose
from rapport.governance.registry import CONSENT_CHANNELS
from rapport.governance.services import journalled, ledger
from rapport.governance.services.addresses import Reached, addresses_of, hashes
from rapport.governance.services.proof import Proof, basis_of, end_of, proof_in
from rapport.people import queries as people
from rapport.people.services import changes

State = Literal["granted", "withdrawn", "pending"]
EVENT_NAMES = {
    "granted": "Consent Granted",
    "withdrawn": "Consent Withdrawn",
    "pending": "Consent Requested",
}


# For so long a sign-up waits for its confirmation.
PENDING_FOR = dt.timedelta(days=7)


class InvalidConsent(ValueError):
    """The purpose, channel, state or day is not one that there can be; the message says which."""


@dataclass(slots=True)
class ConsentChange:
    """Somebody granted or withdrew consent at `at`. `purpose` is a key; `person_id` is a survivor's id.

    A withdrawal is about all of the person's addresses on the channel and about `addresses`, unless it says nothing of
    whoever else is reached there: a correction of ours, or the setting of one browser (`of_person_only`).
    """

    person_id: uuid.UUID
    purpose: str
    channel: str
    state: str
    at: dt.datetime
    source: str
    event_message_id: str
    evidence: dict[str, Any] = field(default_factory=dict)
    addresses: tuple[str, ...] = ()
    of_person_only: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """`added` lines in the ledger, persons whose state `changed`, and changes `refused` with the reason."""

    added: int
    changed: set[uuid.UUID]
    refused: list[tuple[ConsentChange, str]]


@transaction.atomic
def record(
    *,
    actor: Actor,
    person_id: uuid.UUID,
    purpose: str,
    channel: str,
    state: State,
    at: dt.datetime,
    source: str,
    evidence: dict[str, Any] | None = None,
    event_message_id: str = "",
    addresses: tuple[str, ...] = (),
    clock: Clock = SYSTEM,
) -> ConsentRecord | None:
    """Appends one line and lets the state follow; None when the event was recorded before.

    `addresses` are those it came from, if these are not known to be the person's. A person (signed link) may only
    decide for themselves. Raises InvalidConsent, Http404, PermissionDenied.
    """
    _may_decide(actor, person_id)
    survivor = person_id if actor.kind in {"person", "system"} else people.person_for(actor, person_id).pk
    from_event = bool(event_message_id)
    message_id = event_message_id or f"consent-{uuid.uuid4()}"
    fact = ConsentChange(
        survivor, purpose, channel, state, at, source, message_id, dict(evidence or {}), addresses
    )
    done = record_many(actor=actor, entries=[fact], clock=clock)
    if done.refused:
        raise InvalidConsent(done.refused[0][1])
    if not done.added:
        return None
    line = ConsentRecord.objects.get(
        person_id=survivor, purpose__key=purpose, channel=channel, event_message_id=message_id
    )
    _tell(actor, line, purpose, emit=not from_event, clock=clock)
    return line


def _may_decide(actor: Actor, person_id: uuid.UUID) -> None:
    if actor.kind == "person":
        if actor.id != str(person_id):
            raise PermissionDenied("A person may only decide for themselves.")
    else:
        people.require_persons(actor, "people.edit", [person_id])


def _tell(actor: Actor, line: ConsentRecord, purpose: str, *, emit: bool, clock: Clock) -> None:
    audit.record(
        actor=actor,
        action=f"consent.{line.state}",
        object_type="person",
        object_id=line.person_id,
        data={"purpose": purpose, "channel": line.channel, "source": line.source},
        clock=clock,
    )
    if emit:
        # The same message id as the ledger line's: when the event comes back by the stream, it adds nothing.
        outbox.emit(
            EVENT_NAMES[line.state],
            person_id=line.person_id,
            properties={"purpose": purpose, "channel": line.channel, "origin": line.source},
            message_id=line.event_message_id,
            at=line.at,
        )


@transaction.atomic
def record_many(
    *,
    actor: Actor,
    entries: Sequence[ConsentChange],
    mark: bool = True,
    reached: Reached | None = None,
    clock: Clock = SYSTEM,
) -> Recorded:
    """Records changes that are events already (so none is emitted), in one set of statements.

    Those with an unknown purpose, channel or state are refused, and grants of a day that cannot be; the others are
    kept. Without `mark` the caller lets the projector know of those whose state changed. `reached` are addresses that
    need not be looked up.
    """
    if not entries:
        return Recorded(0, set(), [])
    purposes = queries.purposes_by_key()
    now = clock.now()
    refused = [(fact, reason) for fact in entries if (reason := _reason_against(fact, purposes, now))]
    bad = {id(fact) for fact, _reason in refused}
    valid = [replace(fact, at=plausible(fact.at, now)) for fact in entries if id(fact) not in bad]
    if not valid:
        return Recorded(0, set(), refused)
    pairs = {(fact.person_id, fact.channel) for fact in valid}
    reached = {**(reached or {}), **addresses_of(pairs.difference(reached or ()))}
    lines = _lines(valid, purposes, reached, now)
    added, changed = ledger.append(lines, recorded_at=now, actor=actor.label[:254])
    ledger.withdraw_addresses(
        [
            (purposes[fact.purpose].pk, fact.channel, address, fact.at, fact.source[:120])
            for fact in valid
            if fact.state == "withdrawn" and not fact.of_person_only
            for address in _all_addresses(fact, reached)
        ]
    )
    withdrawn = [fact for fact in valid if fact.state == "withdrawn"]
    journalled.note_withdrawals([(fact, _all_addresses(fact, reached)) for fact in withdrawn], now)
    if changed and mark:
        changes.mark_changed(changed, changes.CONSENTS)
    return Recorded(added, set(changed), refused)


def _lines(
    entries: Sequence[ConsentChange], purposes: dict[str, Purpose], reached: Reached, now: dt.datetime
) -> list[tuple[Any, ...]]:
    """What the ledger takes, with the wordings it refers to kept."""
    proofs = [proof_in(fact.evidence) for fact in entries]
    ledger.keep_wordings({proof.sha256: proof.wording for proof in proofs if proof.wording}, now)
    return [
        _line(fact, proof, purposes[fact.purpose], reached)
        for fact, proof in zip(entries, proofs, strict=True)
    ]


def _line(fact: ConsentChange, proof: Proof, purpose: Purpose, reached: Reached) -> tuple[Any, ...]:
    place = reached.get((fact.person_id, fact.channel))
    ends = _end(fact, proof, purpose)
    return (
        fact.person_id.bytes,
        purpose.pk,
        fact.channel,
        fact.state,
        fact.at,
        fact.source[:120],
        fact.event_message_id[:100],
        place.current if place else "",
        msgspec.json.encode(proof.rest).decode(),
        basis_of(fact.evidence, purpose),
        proof.sha256,
        proof.form_version,
        proof.language,
        ends.isoformat() if ends else "",
    )


def _end(fact: ConsentChange, proof: Proof, purpose: Purpose) -> dt.datetime | None:
    if fact.state == "pending":
        return fact.at + PENDING_FOR
    return end_of(proof, purpose, fact.at) if fact.state == "granted" else None


def _all_addresses(fact: ConsentChange, reached: Reached) -> set[str]:
    place = reached.get((fact.person_id, fact.channel))
    return (place.all if place else set()) | hashes(fact.channel, fact.addresses)


def _reason_against(fact: ConsentChange, purposes: Container[str], now: dt.datetime) -> str:
    return reason_against(fact, purposes) or consent_days.reason_against(fact.state, fact.at, now)


def reason_against(fact: ConsentChange, purpose_keys: Container[str]) -> str:
    """Why a fact cannot be recorded as it is, or an empty text."""
    if fact.purpose not in purpose_keys:
        return f"There is no purpose {fact.purpose[:64]!r}."
    if fact.channel not in CONSENT_CHANNELS:
        return f"There is no channel {fact.channel[:64]!r}; the channels are {_channel_names()}."
    if fact.state not in EVENT_NAMES:
        return f"A consent is granted or withdrawn, not {fact.state[:64]!r}."
    return ""


def _channel_names() -> str:
    return ", ".join(channel.key for channel in CONSENT_CHANNELS)


@dataclass(frozen=True, slots=True)
class WithdrawnAddress:
    """Consent to a purpose was withdrawn for an address, as it was written; by whom is not known."""

    purpose: str
    channel: str
    address: str
    at: dt.datetime
    source: str


@transaction.atomic
def withdraw_addresses(withdrawn: Sequence[WithdrawnAddress], *, clock: Clock = SYSTEM) -> None:
    """Withdraws consent for addresses that belong to no person, or not to one that we can tell.

    What is no address of its channel is left out, and so are purposes and channels that there are not.
    """
    purpose_ids, now = queries.purpose_ids(), clock.now()
    rows = [
        (replace(fact, at=plausible(fact.at, now)), hashed)
        for fact in withdrawn
        if fact.purpose in purpose_ids and fact.channel in CONSENT_CHANNELS
        for hashed in hashes(fact.channel, [fact.address])
    ]
    ledger.withdraw_addresses(
        [
            (purpose_ids[fact.purpose], fact.channel, hashed, fact.at, fact.source[:120])
            for fact, hashed in rows
        ]
    )
    journalled.note_address_withdrawals([(fact, hashed) for fact, hashed in rows], now)


def granted_column(person_ids: list[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    """What `people.consents` in ClickHouse shows: {person: ["newsletter/email"]}, granted ones only."""
    labels: dict[uuid.UUID, list[str]] = {person_id: [] for person_id in person_ids}
    granted = Consent.objects.filter(person_id__in=person_ids, state=ConsentRecord.State.GRANTED)
    for person_id, purpose, channel in granted.values_list("person_id", "purpose__key", "channel"):
        labels[person_id].append(f"{purpose}/{channel}")
    return labels
