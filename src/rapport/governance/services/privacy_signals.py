"""Global Privacy Control: the signal of somebody's browser is an objection to the purposes that honour it.

It is recorded once for each person, purpose and channel. Who agrees anew afterwards has decided about that very
purpose, which outweighs a signal that goes out with every page.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapport.core import access
from rapport.core.services import outbox
from rapport.governance.models import MARKETING, Consent, ConsentRecord, Purpose
from rapport.governance.registry import CONSENT_CHANNELS, default_channel
from rapport.governance.services import consent
from rapport.governance.services.consent import ConsentChange
from rapport.people import queries as people

SOURCE = "global privacy control"
_NAMESPACE = uuid.UUID("6f1a2f52-5f6b-4a0c-9a5e-2c1f4a7b9d10")
_Place = tuple[uuid.UUID, str, str]


@dataclass(frozen=True, slots=True)
class Signal:
    """An event of a person whose browser asked for privacy. `home` is whose it stays when merges are undone."""

    person_id: uuid.UUID
    home: uuid.UUID
    at: dt.datetime
    message_id: str
    source: str


def record(signals: Sequence[Signal]) -> set[uuid.UUID]:
    """Objects to what is refused by the signal; returns whose state changed."""
    purposes = list(Purpose.objects.filter(refused_by_gpc=True, basis__in=MARKETING)) if signals else []
    if not purposes:
        return set()
    first = {
        signal.person_id: signal for signal in sorted(signals, key=lambda signal: signal.at, reverse=True)
    }
    done = _recorded_before(first)
    entries = [
        _objection(signal, purpose.key, channel.key)
        for signal in first.values()
        for purpose in purposes
        for channel in CONSENT_CHANNELS
        if (signal.person_id, purpose.key, channel.key) not in done
    ]
    granted = _granted(first)
    recorded = consent.record_many(actor=access.system(SOURCE), entries=entries)
    _tell(entry for entry in entries if _is_news(entry, granted))
    return recorded.changed


def _objection(signal: Signal, purpose: str, channel: str) -> ConsentChange:
    message_id = str(uuid.uuid5(_NAMESPACE, f"{signal.message_id}/{signal.person_id}/{purpose}/{channel}"))
    evidence = {"signal": "Sec-GPC: 1", "message_id": signal.message_id, "event_source": signal.source}
    if signal.home != signal.person_id:
        evidence["home"] = str(signal.home)
    return ConsentChange(
        signal.person_id,
        purpose,
        channel,
        "withdrawn",
        signal.at,
        SOURCE,
        message_id,
        evidence,
        of_person_only=True,
    )


def _recorded_before(persons: Iterable[uuid.UUID]) -> set[_Place]:
    survivor_of = {
        member: survivor for survivor, family in people.families(persons).items() for member in family
    }
    lines = ConsentRecord.objects.filter(person_id__in=[*survivor_of, *persons], source=SOURCE)
    return {
        (survivor_of.get(person, person), purpose, channel)
        for person, purpose, channel in lines.values_list("person_id", "purpose__key", "channel")
    }


def _granted(persons: Iterable[uuid.UUID]) -> set[_Place]:
    rows = Consent.objects.filter(person_id__in=list(persons), state="granted")
    return set(rows.values_list("person_id", "purpose__key", "channel"))


def _is_news(entry: ConsentChange, granted: set[_Place]) -> bool:
    return entry.channel == default_channel().key or (
        (entry.person_id, entry.purpose, entry.channel) in granted
    )


def _tell(entries: Iterable[ConsentChange]) -> None:
    outbox.emit_many(
        outbox.DomainEvent(
            consent.EVENT_NAMES["withdrawn"],
            entry.person_id,
            {"purpose": entry.purpose, "channel": entry.channel, "origin": SOURCE},
            entry.event_message_id,
            entry.at,
        )
        for entry in entries
    )
