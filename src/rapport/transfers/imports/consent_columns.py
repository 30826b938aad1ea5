"""Consent and suppression columns of imported files, and who must not come in again.

A file can say that somebody agreed only with when and how it happened; it never lifts a suppression, and the
ledger's rule that the newest statement counts lets no old file outvote a later withdrawal.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from rapport.core import crypto
from rapport.core.access import Actor
from rapport.governance.models import MARKETING, Consent, ConsentRecord, Purpose
from rapport.governance.registry import CONSENT_CHANNELS
from rapport.governance.services import consent, ledger
from rapport.governance.services.addresses import Addresses, Reached
from rapport.governance.statement_words import EVERY, words_of_name
from rapport.people import identity_types
from rapport.transfers.imports import consent_names
from rapport.transfers.imports.consent_statements import COLUMNS, OUT, Statement, statements
from rapport.transfers.imports.registry import Applied, ColumnPart, LeftOut, RowCells


def columns() -> list[ColumnPart]:
    """Every purpose, channel and part that a column may hold; opting out may be about every purpose and channel."""
    names = dict(
        Purpose.objects.filter(archived_at=None).order_by("position", "key").values_list("key", "name")
    )
    every = [
        ColumnPart(
            f"{EVERY}:{channel}:{part}",
            f"{_('Every purpose')} · {channel.replace(EVERY, _('every channel'))} · {COLUMNS[part]}",
        )
        for channel in (EVERY, *_channels())
        for part in OUT
    ]
    return every + [
        ColumnPart(f"{key}:{channel.key}:{part}", f"{name} · {channel.key} · {label}")
        for key, name in names.items()
        for channel in CONSENT_CHANNELS
        for part, label in COLUMNS.items()
    ]


def suggest(header: str, samples: list[str]) -> str:
    """Columns as our own export names them (consent.newsletter.email.state), and those of other systems."""
    pieces = header.strip().lower().split(".")
    if len(pieces) == 4 and pieces[0] == "consent" and pieces[2] in CONSENT_CHANNELS and pieces[3] in COLUMNS:
        return ":".join(pieces[1:])
    return consent_names.part_of(words_of_name(header), samples, _marketing(), _channels())


def _channels() -> list[str]:
    return [channel.key for channel in CONSENT_CHANNELS]


def _marketing() -> list[str]:
    """The purposes that people may refuse, as they are ordered."""
    return list(_refusable().filter(archived_at=None).values_list("key", flat=True))


def _every(rows: Sequence[RowCells] | Sequence[LeftOut]) -> list[str]:
    """The purposes that opting out of everything is about: an archived one may be put back into use."""
    stated = any(EVERY in part for row in rows for part in row.cells)
    return list(_refusable().values_list("key", flat=True)) if stated else []


def _refusable() -> QuerySet[Purpose]:
    return Purpose.objects.filter(basis__in=MARKETING).order_by("position", "key")


def check(cells: dict[str, str]) -> tuple[list[tuple[str, str]], list[tuple[str, str, str]]]:
    """(the cells without consents that cannot be taken, (part, code, cell) of what is wrong)."""
    stated = statements(cells)
    without = {
        (statement.purpose, statement.channel)
        for statement in stated
        if statement.problem and not statement.state
    }
    kept = [(part, text) for part, text in cells.items() if tuple(part.rsplit(":", 2)[:2]) not in without]
    return kept, [statement.problem for statement in stated if statement.problem]


def _statements(rows: Sequence[RowCells], source: str) -> list[consent.ConsentChange]:
    """What the rows say, one fact for each purpose and channel."""
    purposes = _every(rows)
    return [
        consent.ConsentChange(
            row.person_id,
            purpose,
            channel,
            statement.state,
            statement.at or row.at,
            source,
            row.message_id,
            {**(statement.evidence or {}), "import": row.message_id, "double_opt_in": False},
        )
        for row in rows
        for statement, purpose, channel in _meant(row.cells, purposes)
        if statement.state
    ]


def _new_statements(
    rows: Sequence[RowCells], given: list[consent.ConsentChange]
) -> list[consent.ConsentChange]:
    """Those that the ledger does not hold yet, whatever file stated them before."""
    # Of people who came with this chunk the ledger holds nothing.
    newcomers = {row.message_id for row in rows if row.is_new}
    earlier = [fact for fact in given if fact.event_message_id not in newcomers]
    if not earlier:
        return given
    recorded = ledger.recorded_before(
        [(fact.person_id, fact.purpose, fact.channel, fact.state, fact.at) for fact in earlier], rows[0].at
    )
    repeated = {id(fact) for place, fact in enumerate(earlier) if place in recorded}
    return [fact for fact in given if id(fact) not in repeated]


def apply(actor: Actor, rows: Sequence[RowCells], source: str) -> Applied:
    """Records what is new, in the chunk's transaction."""
    given = _new_statements(rows, _statements(rows, source))
    if not given:
        return Applied()
    before = _standing({fact.person_id for fact in given} - {row.person_id for row in rows if row.is_new})
    # The import itself says of everybody in `changed` that they are to be looked at again.
    done = consent.record_many(actor=actor, entries=given, mark=False, reached=_reached(rows, given))
    refused = {id(fact) for fact, _reason in done.refused}
    given = [fact for fact in given if id(fact) not in refused]
    applied = Applied(changed={fact.person_id for fact in given})
    for fact in given:
        key = (fact.person_id, fact.purpose, fact.channel)
        state, record = before.get(key, ("", None))
        undo = applied.undo.setdefault(fact.person_id, {})
        undo.setdefault(f"{fact.purpose}:{fact.channel}", [fact.event_message_id, state, record])
        applied.counts[f"consent {fact.state}"] = applied.counts.get(f"consent {fact.state}", 0) + 1
    if done.refused:
        applied.counts["consent refused"] = len(done.refused)
    return applied


def stop(actor: Actor, rows: Sequence[LeftOut], source: str) -> dict[str, int]:
    """Withdraws what rows that did not come in say is withdrawn: of the people and for the addresses they name."""
    purposes = _every(rows)
    changes, addresses = [], []
    for row in rows:
        for statement, purpose, channel in _meant(row.cells, purposes):
            if statement.state != "withdrawn":
                continue
            at, kind = statement.at or row.at, CONSENT_CHANNELS[channel].identifier
            evidence = {**(statement.evidence or {}), "import": row.message_id, "left_out": True}
            changes += [
                consent.ConsentChange(
                    person, purpose, channel, "withdrawn", at, source, row.message_id, dict(evidence)
                )
                for person in sorted(row.persons)
            ]
            addresses += [
                consent.WithdrawnAddress(purpose, channel, value, at, source)
                for type_, value in row.addresses
                if type_ == kind
            ]
    consent.record_many(actor=actor, entries=changes)
    consent.withdraw_addresses(addresses)
    return {"consent withdrawn": len(changes) or len(addresses)} if changes or addresses else {}


def _meant(cells: dict[str, str], purposes: Sequence[str]) -> Iterator[tuple[Statement, str, str]]:
    """(statement, purpose, channel) of what a row says; what is about all of them, for all that there are."""
    for statement in statements(cells):
        for purpose in purposes if statement.purpose == EVERY else [statement.purpose]:
            for channel in _channels() if statement.channel == EVERY else [statement.channel]:
                yield statement, purpose, channel


def _reached(rows: Sequence[RowCells], entries: Sequence[consent.ConsentChange]) -> Reached:
    """The addresses of people who came with their row, as far as it alone says where they are written to."""
    new = {row.person_id: row for row in rows if row.is_new}
    reached: Reached = {}
    for entry in entries:
        row, kind = new.get(entry.person_id), CONSENT_CHANNELS[entry.channel].identifier
        if row is None or (entry.person_id, entry.channel) in reached:
            continue
        texts = [value for type_, value in row.addresses if type_ == kind]
        shown = row.traits.get(identity_types.current().by_key[kind].trait) if kind else None
        if shown in texts:
            every = {text: crypto.address_hash(entry.channel, text) for text in texts}
            reached[entry.person_id, entry.channel] = Addresses(every[shown], set(every.values()))
    return reached


def _standing(people: set[uuid.UUID]) -> dict[tuple[uuid.UUID, str, str], tuple[str, int | None]]:
    """{(person, purpose, channel): (state, ledger line)} as it stands."""
    if not people:
        return {}
    consents = Consent.objects.filter(person_id__in=people)
    rows = consents.values_list("person_id", "purpose__key", "channel", "state", "record_id")
    return {(person, purpose, channel): (state, line) for person, purpose, channel, state, line in rows}


def preview(rows: Sequence[RowCells]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for fact in _new_statements(rows, _statements(rows, "")):
        counts[f"consent {fact.state}"] = counts.get(f"consent {fact.state}", 0) + 1
    return counts


def revert(
    actor: Actor, undo: Mapping[uuid.UUID, Any], source: str, message_id: str, now: dt.datetime
) -> None:
    """Where the file's word still stands, adds a line that says again what stood before, or withdraws."""
    standing = {
        (person, f"{purpose}:{channel}"): source
        for person, purpose, channel, source in Consent.objects.filter(person_id__in=list(undo)).values_list(
            "person_id", "purpose__key", "channel", "record__event_message_id"
        )
    }
    earlier = ConsentRecord.objects.select_related("wording").in_bulk(
        [record for previous in undo.values() for _message, _state, record in previous.values() if record]
    )
    decisions = []
    for person, previous in undo.items():
        for key, (message_id_then, state, record) in previous.items():
            stands = standing.get((person, key), "")
            # A later chunk of the same file, taken back before, has said again what this one had said.
            if stands != message_id_then and not stands.startswith(
                f"revert-{message_id_then.rpartition('-')[0]}-"
            ):
                continue
            purpose, channel = key.rsplit(":", 1)
            line = earlier.get(record)
            evidence = dict(line.proof) if line and state == "granted" else {}
            decisions.append(
                consent.ConsentChange(
                    person, purpose, channel, "granted" if evidence or state == "granted" else "withdrawn",
                    now, source, message_id, evidence | {"reverts": message_id_then},
                    of_person_only=True,
                )
            )  # fmt: skip
    consent.record_many(actor=actor, entries=decisions)


def stated_by_others(people: Sequence[uuid.UUID], token: str) -> set[uuid.UUID]:
    """Those with a line in the ledger that this import did not write."""
    lines = ConsentRecord.objects.filter(person_id__in=people).exclude(event_message_id__startswith=token)
    return set(
        lines.exclude(event_message_id__startswith=f"revert-{token}").values_list("person_id", flat=True)
    )
