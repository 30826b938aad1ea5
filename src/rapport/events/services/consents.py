"""Consents that came as events, on their way to the ledger."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rapport.core.access import system
from rapport.events.models import QuarantinedEvent
from rapport.events.services.envelope import decode_object, encode
from rapport.governance.models import Consent
from rapport.governance.services import consent
from rapport.governance.services.consent import ConsentFact
from rapport.governance.services.ledger import PUBLIC_KEY

if TYPE_CHECKING:
    from rapport.events.services.stream import Item

# What a sender's evidence may not say.
_OURS = frozenset({"purpose", "channel", "home", PUBLIC_KEY})
STATES = {"Consent Granted": "granted", "Consent Withdrawn": "withdrawn"}
OVERTURNS = (
    "He has withdrawn this consent. A website's or app's write key is public, so it cannot overturn that; a server's"
    " key, the preference page and your staff can."
)


def record(items: Sequence[Item]) -> set[uuid.UUID]:
    """Writes consent events into the ledger; returns whose state changed. What is refused goes to quarantine."""
    # Our own services have written the ledger already; their events only tell of it.
    statements = [
        (_fact(item, item.person_id), item.public) for item in items if item.person_id and _is_consent(item)
    ]
    if not statements:
        return set()
    withdrawn = _withdrawn([fact for fact, _ in statements])
    decisions, refused = [], []
    for fact, public in statements:
        if public and fact.state == "granted" and (fact.person_id, fact.purpose, fact.channel) in withdrawn:
            refused.append((fact, OVERTURNS))
        else:
            decisions.append(fact)
    recorded = consent.record_many(actor=system("stream"), facts=decisions)
    for fact, reason in [*refused, *recorded.refused]:
        _quarantine(fact, reason)
    return recorded.changed


def _is_consent(item: Item) -> bool:
    return item.event.type == "track" and item.event.event in STATES


def _fact(item: Item, person_id: uuid.UUID) -> ConsentFact:
    properties = decode_object(item.event.properties)
    evidence = {key: value for key, value in properties.items() if key not in _OURS}
    if item.public:
        # Two ledgers that become one are judged by this again.
        evidence[PUBLIC_KEY] = True
    if item.home_id and item.home_id != person_id:
        # Whose consent it is if the persons are parted again.
        evidence["home"] = str(item.home_id)
    return ConsentFact(
        person_id=person_id,
        purpose=str(properties.get("purpose") or ""),
        channel=str(properties.get("channel") or "email"),
        state=STATES[item.event.event],
        at=item.event.at,
        source=item.source,
        evidence=evidence,
        event_message_id=item.event.message_id,
    )


def _withdrawn(decisions: Sequence[ConsentFact]) -> set[tuple[uuid.UUID, str, str]]:
    """What these persons have withdrawn, by the ledger or in this very batch."""
    people = [fact.person_id for fact in decisions]
    states = Consent.objects.filter(person_id__in=people, state="withdrawn")
    withdrawn = set(states.values_list("person_id", "purpose__key", "channel"))
    return withdrawn | {
        (fact.person_id, fact.purpose, fact.channel) for fact in decisions if fact.state == "withdrawn"
    }


def _quarantine(fact: ConsentFact, reason: str) -> None:
    QuarantinedEvent.objects.create(
        stage=QuarantinedEvent.Stage.STREAM,
        reason=f"The consent was not recorded: {reason}",
        payload=encode(fact.evidence | {"purpose": fact.purpose, "channel": fact.channel}),
        message_id=fact.event_message_id,
        person_id=fact.person_id,
    )
