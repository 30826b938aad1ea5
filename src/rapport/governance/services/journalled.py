"""What people decided against, in the journal: a restored older state honours withdrawals, suppressions and erasures
that came after it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.utils.translation import gettext_lazy as _

from rapport.core.access import Actor, system
from rapport.core.clock import Clock
from rapport.core.services import journal
from rapport.core.services.journal import JOURNAL_KINDS, JournalKind, Line
from rapport.governance import queries
from rapport.governance.models import AddressWithdrawal, ConsentRecord, Suppression
from rapport.people import queries as people
from rapport.people.models import Person

if TYPE_CHECKING:
    from rapport.governance.services.consent import ConsentChange, WithdrawnAddress

WITHDRAWAL, SUPPRESSION, ERASURE = "withdrawal", "suppression", "erasure"
JOURNAL = "journal"


def note_withdrawals(withdrawn: Sequence[tuple[ConsentChange, set[str]]], now: dt.datetime) -> None:
    """In the transaction that records them: with all ids the person ever had, and the hashes of their addresses."""
    if not withdrawn:
        return
    families = people.families({fact.person_id for fact, _hashes in withdrawn})
    rows = [
        {
            "persons": [str(member) for member in families.get(fact.person_id, [fact.person_id])],
            "purpose": fact.purpose,
            "channel": fact.channel,
            "at": min(fact.at, now).isoformat(),
            "source": fact.source[:120],
            "message_id": fact.event_message_id[:100],
            "hashes": sorted(hashes),
            "of_person_only": fact.of_person_only,
        }
        for fact, hashes in withdrawn
    ]
    journal.note(WITHDRAWAL, {"facts": rows}, now=now)


def note_address_withdrawals(withdrawn: Sequence[tuple[WithdrawnAddress, str]], now: dt.datetime) -> None:
    """Of whoever is reached at these (hashed) addresses, in the transaction that records them."""
    note_hashed_withdrawals(
        [
            (fact.purpose, fact.channel, hashed, min(fact.at, now), fact.source[:120])
            for fact, hashed in withdrawn
        ],
        now,
    )


def note_hashed_withdrawals(rows: Sequence[tuple[str, str, str, dt.datetime, str]], now: dt.datetime) -> None:
    """Of (purpose, channel, hash of the address, when, source), in the transaction that records them."""
    withdrawn = [
        {
            "persons": [],
            "purpose": purpose,
            "channel": channel,
            "at": at.isoformat(),
            "source": source,
            "message_id": "",
            "hashes": [hashed],
            "of_person_only": False,
        }
        for purpose, channel, hashed, at, source in rows
    ]
    if withdrawn:
        journal.note(WITHDRAWAL, {"facts": withdrawn}, now=now)


def unknown_withdrawals(lines: Sequence[Line]) -> list[Line]:
    entries = [fact for line in lines for fact in line.data["facts"]]
    recorded, stopped = _recorded(entries), _stopped(entries)
    return [
        Line(line.kind, line.at, line.incarnation, {"facts": missing})
        for line in lines
        if (missing := [fact for fact in line.data["facts"] if not _is_known(fact, recorded, stopped)])
    ]


_Name = tuple[str, str, str]


def _recorded(entries: Sequence[dict[str, Any]]) -> set[_Name]:
    """(message id, purpose, channel) of those that the ledger holds."""
    lines = ConsentRecord.objects.filter(event_message_id__in={fact["message_id"] for fact in entries} - {""})
    return set(lines.values_list("event_message_id", "purpose__key", "channel"))


def _stopped(entries: Sequence[dict[str, Any]]) -> dict[_Name, dt.datetime]:
    """{(hash, purpose, channel): when} of the addresses of those that are about nobody."""
    hashes = {hashed for fact in entries if not fact["persons"] for hashed in fact["hashes"]}
    rows = AddressWithdrawal.objects.filter(address_hash__in=hashes)
    columns = rows.values_list("address_hash", "purpose__key", "channel", "at")
    return {(hashed, purpose, channel): at for hashed, purpose, channel, at in columns}


def _is_known(fact: dict[str, Any], recorded: set[_Name], stopped: dict[_Name, dt.datetime]) -> bool:
    if fact["persons"]:
        return (fact["message_id"], fact["purpose"], fact["channel"]) in recorded
    moments = [stopped.get((hashed, fact["purpose"], fact["channel"])) for hashed in fact["hashes"]]
    return all(moment and moment >= dt.datetime.fromisoformat(fact["at"]) for moment in moments)


def read_back_withdrawals(_actor: Actor, lines: Sequence[Line], clock: Clock) -> int:
    """Withdraws again, for the addresses too: so it also holds for who is not in these data yet."""
    from rapport.governance.services import consent, ledger

    rows = [row for line in lines for row in line.data["facts"]]
    purpose_ids = queries.purpose_ids()
    members = {uuid.UUID(member) for row in rows for member in row["persons"]}
    present = set(Person.objects.filter(pk__in=members).values_list("pk", flat=True))
    survivors = people.survivor_of(present)
    decisions = [
        consent.ConsentChange(
            survivor,
            row["purpose"],
            row["channel"],
            "withdrawn",
            dt.datetime.fromisoformat(row["at"]),
            row["source"],
            row["message_id"],
            {"read_back": clock.now().isoformat()},
            of_person_only=row["of_person_only"],
        )
        for row in rows
        for survivor in {survivors[uuid.UUID(pk)] for pk in row["persons"] if uuid.UUID(pk) in present}
    ]
    consent.record_many(actor=system(JOURNAL), entries=decisions, clock=clock)
    ledger.withdraw_addresses(
        [
            (
                purpose_ids[row["purpose"]],
                row["channel"],
                hashed,
                dt.datetime.fromisoformat(row["at"]),
                row["source"],
            )
            for row in rows
            if row["purpose"] in purpose_ids and not row["of_person_only"]
            for hashed in row["hashes"]
        ]
    )
    return len(rows)


def note_suppressions(rows: Sequence[tuple[str, str, str, str]], now: dt.datetime) -> None:
    """Of (channel, hash of the address, reason, when), in the transaction that adds them."""
    if rows:
        journal.note(SUPPRESSION, {"rows": [list(row) for row in rows]}, now=now)


def unknown_suppressions(lines: Sequence[Line]) -> list[Line]:
    hashes = {row[1] for line in lines for row in line.data["rows"]}
    present = set(Suppression.objects.filter(address_hash__in=hashes).values_list("channel", "address_hash"))
    return [
        Line(line.kind, line.at, line.incarnation, {"rows": rows})
        for line in lines
        if (rows := [row for row in line.data["rows"] if (row[0], row[1]) not in present])
    ]


def read_back_suppressions(_actor: Actor, lines: Sequence[Line], _clock: Clock) -> int:
    rows = [tuple(row) for line in lines for row in line.data["rows"]]
    Suppression.objects.bulk_create(
        [
            Suppression(
                channel=channel,
                address_hash=hashed,
                reason=reason,
                at=dt.datetime.fromisoformat(at),
                source=JOURNAL,
            )
            for channel, hashed, reason, at in rows
        ],
        ignore_conflicts=True,
    )
    return len(rows)


def note_erasure(person_ids: Sequence[uuid.UUID], now: dt.datetime) -> None:
    journal.note(ERASURE, {"persons": [str(member) for member in person_ids]}, now=now)


def _unerased(line: Line) -> list[uuid.UUID]:
    rows = Person.objects.filter(pk__in=line.data["persons"], erased_at=None, merged_into=None)
    return list(rows.values_list("pk", flat=True))


def unknown_erasures(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if _unerased(line)]


def read_back_erasures(_actor: Actor, lines: Sequence[Line], clock: Clock) -> int:
    from rapport.governance.services import erasure

    count = 0
    for person_id in {pk for line in lines for pk in _unerased(line)}:
        try:
            erasure.erase(actor=system(JOURNAL), person_id=person_id, clock=clock)
        except Http404:  # erased together with another
            continue
        count += 1
    return count


def register() -> None:
    """Erasures first: who is erased needs no withdrawal."""
    for kind in (
        JournalKind(ERASURE, _("people erased"), unknown_erasures, read_back_erasures),
        JournalKind(
            WITHDRAWAL,
            _("consents withdrawn"),
            unknown_withdrawals,
            read_back_withdrawals,
            lambda line: len(line.data["facts"]),
        ),
        JournalKind(
            SUPPRESSION,
            _("addresses suppressed"),
            unknown_suppressions,
            read_back_suppressions,
            lambda line: len(line.data["rows"]),
        ),
    ):
        JOURNAL_KINDS.register(kind)
