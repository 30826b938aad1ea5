"""Consents that came as events, on their way to the ledger."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rapport.core.access import system
from rapport.events.models import QuarantinedEvent
from rapport.events.services.envelope import decode_object, encode
from rapport.governance.consent_rule import PUBLIC_KEY
from rapport.governance.models import Consent, Purpose
from rapport.governance.naming import letters, named
from rapport.governance.registry import CONSENT_CHANNELS
from rapport.governance.services import consent
from rapport.governance.services.consent import ConsentChange

if TYPE_CHECKING:
    from rapport.events.services.stream import Item

# What a sender's evidence may not say.
_OURS = frozenset({"purpose", "channel", "home", PUBLIC_KEY})
STATES = {"consentgranted": "granted", "consentwithdrawn": "withdrawn"}
OVERTURNS = (
    "They have withdrawn this consent. A website's or app's write key is public, so it cannot overturn that; a server's"
    " key, the preference page and your staff can."
)

STOPPED = (
    "So that nothing is sent that was refused, it counts for every purpose or channel that it may have meant."
)


def record(items: Sequence[Item]) -> set[uuid.UUID]:
    """Writes consent events into the ledger; returns whose state changed. What is refused goes to quarantine."""
    # Our own services have written the ledger already; their events only tell of it.
    consents = [(item, item.person_id) for item in items if item.person_id and _state(item)]
    if not consents:
        return set()
    purposes = list(Purpose.objects.all())
    statements = [
        (fact, item.public) for item, person in consents for fact in _statements(item, person, purposes)
    ]
    withdrawn = _withdrawn([fact for fact, _ in statements])
    decisions, refused = [], []
    for fact, public in statements:
        if public and fact.state == "granted" and (fact.person_id, fact.purpose, fact.channel) in withdrawn:
            refused.append((fact, OVERTURNS))
        else:
            decisions.append(fact)
    recorded = consent.record_many(actor=system("stream"), entries=decisions)
    for fact, reason in [*refused, *recorded.refused]:
        _quarantine(fact, reason)
    return recorded.changed


def _state(item: Item) -> str:
    """What the event says about a consent, however its name is spelled, or an empty text."""
    return _state_of(item.event.event) if item.event.type == "track" else ""


@functools.lru_cache(maxsize=4096)
def _state_of(name: str) -> str:
    return STATES.get(letters(name), "")


def _statements(item: Item, person_id: uuid.UUID, purposes: Sequence[Purpose]) -> list[ConsentChange]:
    """The statements of one event: several when it is a withdrawal that says not clearly what of.

    Not to understand a grant costs a message; not to understand a withdrawal must not cost anybody their peace.
    """
    fact = _fact(item, person_id)
    sent = (fact.purpose, fact.channel)
    fact.purpose = named(fact.purpose, {purpose.key: purpose.name for purpose in purposes}) or sent[0]
    fact.channel = (
        named(fact.channel, {channel.key: str(channel.label) for channel in CONSENT_CHANNELS}) or sent[1]
    )
    reason = consent.reason_against(fact, {purpose.key for purpose in purposes})
    if fact.state == "granted" or not reason:
        return [fact]
    _quarantine(fact, f"{reason} {STOPPED}")
    keys = [purpose.key for purpose in purposes if purpose.is_marketing]
    return [
        replace(fact, purpose=purpose, channel=channel, evidence=fact.evidence | {"as_sent": list(sent)})
        for purpose in ([fact.purpose] if fact.purpose in keys else keys)
        for channel in (
            [fact.channel] if fact.channel in CONSENT_CHANNELS else [c.key for c in CONSENT_CHANNELS]
        )
    ]


def _fact(item: Item, person_id: uuid.UUID) -> ConsentChange:
    properties = decode_object(item.event.properties)
    evidence = {key: value for key, value in properties.items() if key not in _OURS}
    if item.public:
        # Two ledgers that become one are judged by this again.
        evidence[PUBLIC_KEY] = True
    if item.home_id and item.home_id != person_id:
        # Whose consent it is if the persons are parted again.
        evidence["home"] = str(item.home_id)
    return ConsentChange(
        person_id=person_id,
        purpose=str(properties.get("purpose") or ""),
        channel=str(properties.get("channel") or "email"),
        state=_state(item),
        at=item.event.at,
        source=item.source,
        evidence=evidence,
        event_message_id=item.event.message_id,
    )


def _withdrawn(decisions: Sequence[ConsentChange]) -> set[tuple[uuid.UUID, str, str]]:
    """What these persons have withdrawn, by the ledger or in this very batch."""
    people = [fact.person_id for fact in decisions]
    states = Consent.objects.filter(person_id__in=people, state="withdrawn")
    withdrawn = set(states.values_list("person_id", "purpose__key", "channel"))
    return withdrawn | {
        (fact.person_id, fact.purpose, fact.channel) for fact in decisions if fact.state == "withdrawn"
    }


def _quarantine(fact: ConsentChange, reason: str) -> None:
    QuarantinedEvent.objects.create(
        stage=QuarantinedEvent.Stage.STREAM,
        reason=f"The consent was not recorded as it was sent: {reason}",
        payload=encode(fact.evidence | {"purpose": fact.purpose, "channel": fact.channel}),
        message_id=fact.event_message_id,
        person_id=fact.person_id,
    )
