"""Consents that came as events, on their way to the ledger."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rapport.core.access import system
from rapport.core.services import outbox
from rapport.events.models import QuarantinedEvent
from rapport.events.services.consent_words import Words, about, state_of, words_of
from rapport.events.services.envelope import decode_object, encode
from rapport.governance.consent_rule import PUBLIC_KEY
from rapport.governance.models import Consent, Purpose
from rapport.governance.naming import named
from rapport.governance.registry import CONSENT_CHANNELS, default_channel
from rapport.governance.services import consent, double_opt_in
from rapport.governance.services.consent import ConsentChange
from rapport.governance.services.standing import Key, stopped_at

if TYPE_CHECKING:
    from rapport.events.services.stream import Item

# What a sender's evidence may not say.
_OURS = frozenset({"home", "as_sent", PUBLIC_KEY})
_BETWEEN = re.compile(r"[,;|]")
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
    consents = [(item, item.person_id) for item in items if item.person_id and state_of(item.event)]
    if not consents:
        return set()
    names = _Names.read()
    statements = [
        (fact, item.public) for item, person in consents for fact in _statements(item, person, names)
    ]
    withdrawn = _withdrawn([fact for fact, _ in statements])
    stopped = stopped_at({_key(fact) for fact, _ in statements if double_opt_in.is_confirmable(fact)})
    asks = double_opt_in.asking_purposes()
    decisions, refused = [], []
    for fact, public in statements:
        may_ask = double_opt_in.is_confirmable(fact)
        times = [at for at in (withdrawn.get(_key(fact)), stopped.get(_key(fact)) if may_ask else None) if at]
        # What the mailbox itself confirms may overturn it; who has left since they agreed is not asked.
        if public and fact.state == "granted" and times and (not may_ask or fact.at <= max(times)):
            refused.append((fact, OVERTURNS))
        else:
            decisions.append(fact)
    decisions = double_opt_in.until_confirmed(decisions, asks, withdrawn, stopped)
    recorded = consent.record_many(actor=system("stream"), entries=decisions)
    wrong = {id(fact) for fact, _reason in recorded.refused}
    pending = [fact for fact in decisions if fact.state == "pending" and id(fact) not in wrong]
    if pending:
        double_opt_in.ask(pending)
        _tell(pending)
    for fact, reason in [*refused, *recorded.refused]:
        _quarantine(fact, reason)
    return recorded.changed


def stop_addresses(items: Sequence[Item]) -> None:
    """What events of nobody withdraw holds for the addresses they name, which are somebody's."""
    withdrawals = [item for item in items if state_of(item.event) == "withdrawn"]
    if not withdrawals:
        return
    names = _Names.read()
    consent.withdraw_addresses(
        [
            consent.WithdrawnAddress(purpose, channel, address, item.event.at, item.source)
            for item in withdrawals
            for words in [words_of(item.event)]
            for purpose in names.purposes_stopped(words)
            for channel in names.channels_stopped(words)
            for address in words.addresses
        ]
    )


@dataclass(frozen=True, slots=True)
class _Names:
    """What purposes and channels there are, by key; `marketing` are the purposes that people may refuse."""

    purposes: dict[str, str]
    channels: dict[str, str]
    marketing: tuple[str, ...]

    @classmethod
    def read(cls) -> _Names:
        purposes = list(Purpose.objects.all())
        return cls(
            {purpose.key: purpose.name for purpose in purposes},
            {channel.key: str(channel.label) for channel in CONSENT_CHANNELS},
            tuple(purpose.key for purpose in purposes if purpose.is_marketing),
        )

    def purposes_stopped(self, words: Words) -> list[str]:
        """Not to understand a grant costs a message; not to understand a withdrawal costs somebody their peace."""
        return _stopped(words.purposes, self.purposes, self.marketing)

    def channels_stopped(self, words: Words) -> list[str]:
        return _stopped(words.channels, self.channels, tuple(self.channels))


def _stopped(texts: Sequence[str], names: Mapping[str, str], every: Sequence[str]) -> list[str]:
    """What was named; everything as well as soon as a part of it cannot be understood."""
    keys = [key for _text, key in _named(texts, names)]
    return list(dict.fromkeys([key for key in keys if key] + ([] if all(keys) else list(every))))


def _named(texts: Sequence[str], names: Mapping[str, str]) -> list[tuple[str, str]]:
    """[(as it was sent, the key it names or an empty text)]; several may stand in one text, with commas."""
    pieces: list[tuple[str, str]] = []
    for text in texts:
        listed = [name for name in _BETWEEN.split(text) if name.strip()]
        together = named(text, names)
        pieces += (
            [(text, together)]
            if together or len(listed) < 2
            else [(name, named(name, names)) for name in listed]
        )
    return pieces


def _statements(item: Item, person_id: uuid.UUID, names: _Names) -> list[ConsentChange]:
    """The statements of one event: one for each purpose and channel that it names, or may mean."""
    fact, words = _fact(item, person_id), words_of(item.event)
    purposes, channels = _named(words.purposes, names.purposes), _named(words.channels, names.channels)
    if fact.state == "granted":
        return [
            replace(
                fact,
                purpose=purpose or sent_purpose,
                channel=channel or sent_channel or default_channel().key,
            )
            for sent_purpose, purpose in purposes
            for sent_channel, channel in channels
        ]
    evidence = fact.evidence
    if not all(key for _text, key in [*purposes, *channels]):
        sent = [", ".join(words.purposes), ", ".join(words.channels)]
        evidence = evidence | {"as_sent": sent}
        unclear = replace(fact, purpose=sent[0], channel=sent[1])
        _quarantine(unclear, f"{consent.reason_against(unclear, names.purposes)} {STOPPED}")
    return [
        replace(fact, purpose=purpose, channel=channel, evidence=evidence, addresses=words.addresses)
        for purpose in names.purposes_stopped(words)
        for channel in names.channels_stopped(words)
    ]


def _fact(item: Item, person_id: uuid.UUID) -> ConsentChange:
    """What all statements of an event share."""
    properties = decode_object(item.event.properties)
    evidence = {
        key: value
        for key, value in properties.items()
        if key not in _OURS and not about(key, "purpose") and not about(key, "channel")
    }
    if item.public:
        # Two ledgers that become one are judged by this again.
        evidence[PUBLIC_KEY] = True
    if item.home_id and item.home_id != person_id:
        # Whose consent it is if the persons are parted again.
        evidence["home"] = str(item.home_id)
    return ConsentChange(
        person_id=person_id,
        purpose="",
        channel="",
        state=state_of(item.event),
        at=item.event.at,
        source=item.source,
        evidence=evidence,
        event_message_id=item.event.message_id,
    )


def _key(fact: ConsentChange) -> Key:
    return fact.person_id, fact.purpose, fact.channel


def _withdrawn(decisions: Sequence[ConsentChange]) -> dict[Key, dt.datetime]:
    """What these persons have withdrawn, by the ledger or in this very batch, and when."""
    people = [fact.person_id for fact in decisions]
    states = Consent.objects.filter(person_id__in=people, state="withdrawn")
    columns = states.values_list("person_id", "purpose__key", "channel", "at")
    withdrawn = {(person, purpose, channel): at for person, purpose, channel, at in columns}
    for fact in decisions:
        if fact.state == "withdrawn":
            withdrawn[_key(fact)] = max(fact.at, withdrawn.get(_key(fact), fact.at))
    return withdrawn


def _tell(entries: Sequence[ConsentChange]) -> None:
    """Emits `Consent Requested` for sign-ups that came as events of another name."""
    outbox.emit_many(
        outbox.DomainEvent(
            consent.EVENT_NAMES["pending"],
            entry.person_id,
            {"purpose": entry.purpose, "channel": entry.channel, "origin": entry.source},
            "",
            entry.at,
        )
        for entry in entries
        if entry.state == "pending"
    )


def _quarantine(fact: ConsentChange, reason: str) -> None:
    QuarantinedEvent.objects.create(
        stage=QuarantinedEvent.Stage.STREAM,
        reason=f"The consent was not recorded as it was sent: {reason}",
        payload=encode(fact.evidence | {"purpose": fact.purpose, "channel": fact.channel}),
        message_id=fact.event_message_id,
        person_id=fact.person_id,
    )
