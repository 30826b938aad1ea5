"""Withdrawals that come as traits: `unsubscribed: true`, `email_opt_out: yes`, `newsletter: false`.

Whoever says so is heard, by an event, the API or by hand, because a withdrawal counts whoever reports it. No trait
grants anything: a grant needs its evidence.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rapport.core.access import system
from rapport.governance import statement_words as words
from rapport.governance.models import MARKETING, Consent, Purpose
from rapport.governance.naming import letters
from rapport.governance.registry import CONSENT_CHANNELS
from rapport.governance.services import consent

if TYPE_CHECKING:
    from rapport.people.services.profile import TraitUpdate


def record(updates: Sequence[TraitUpdate]) -> None:
    """Writes into the ledger what traits withdraw and is not withdrawn yet: programs send the same traits again."""
    stated = [
        (update, key, value)
        for update in updates
        for key, value in update.traits.items()
        if words.kind_of_trait(key) and words.withdraws(key, value)
    ]
    if not stated:
        return
    purposes = Purpose.objects.filter(basis__in=MARKETING)
    names = {purpose.key: {letters(purpose.key), letters(purpose.name)} for purpose in purposes}
    withdrawn = _withdrawn({update.person_id for update, _key, _value in stated})
    entries: dict[tuple[uuid.UUID, str, str], consent.ConsentChange] = {}
    for update, key, value in stated:
        for purpose in _purposes(key, names):
            for channel in _channels(key):
                place = (update.person_id, purpose, channel)
                if place not in withdrawn and (place not in entries or entries[place].at < update.at):
                    entries[place] = _change(update, key, value, purpose, channel)
    consent.record_many(actor=system("traits"), entries=list(entries.values()))


def _purposes(key: str, names: dict[str, set[str]]) -> list[str]:
    """The purpose that the trait's name names, or every one that people may refuse."""
    name = letters(key)
    named = [
        purpose for purpose, spellings in names.items() if any(word and word in name for word in spellings)
    ]
    return named or list(names)


def _channels(key: str) -> list[str]:
    name = words.words_of_name(key)
    channel = words.channel_in(name) or ("" if words.kind_of_trait(key) == "out" else "email")
    return [channel] if channel in CONSENT_CHANNELS else [entry.key for entry in CONSENT_CHANNELS]


def _change(update: TraitUpdate, key: str, value: Any, purpose: str, channel: str) -> consent.ConsentChange:
    evidence = {"trait": key[:100], "value": str(value)[:200]}
    return consent.ConsentChange(
        update.person_id, purpose, channel, "withdrawn", update.at, update.source, update.message_id, evidence
    )


def _withdrawn(people: set[uuid.UUID]) -> set[tuple[uuid.UUID, str, str]]:
    states = Consent.objects.filter(person_id__in=people, state="withdrawn")
    return set(states.values_list("person_id", "purpose__key", "channel"))
