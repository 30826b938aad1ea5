"""Suppression columns of imported files, and the people who asked to be forgotten."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from rapport.core import crypto
from rapport.core.access import Actor
from rapport.core.services import audit
from rapport.governance import queries as governance
from rapport.governance.models import Suppression
from rapport.governance.registry import CONSENT_CHANNELS
from rapport.governance.services import journalled
from rapport.people.services.identity import person_id_for
from rapport.people.values.types import FALSE_WORDS
from rapport.transfers.imports.registry import Applied, ColumnPart, LeftOut, RowCells

REASONS = ("unsubscribed", "bounced", "complained", "manual")
Identifiers = Sequence[tuple[str, str]]


def columns() -> list[ColumnPart]:
    labels = dict(Suppression.Reason.choices)
    return [
        ColumnPart(f"{channel}:{reason}", f"{channel} · {labels[reason]}")
        for channel in _channels()
        for reason in REASONS
    ]


def _channels() -> dict[str, str]:
    """{channel: type of identifier} of those whose addresses a file can name."""
    return {channel.key: channel.identifier for channel in CONSENT_CHANNELS if channel.identifier}


def suggest(header: str, _samples: list[str]) -> str:
    """Columns named suppressed.email.bounced."""
    pieces = header.strip().lower().split(".")
    is_suppression = (
        len(pieces) == 3 and pieces[0] == "suppressed" and pieces[1] in _channels() and pieces[2] in REASONS
    )
    return ":".join(pieces[1:]) if is_suppression else ""


def check(cells: dict[str, str]) -> tuple[list[tuple[str, str]], list[tuple[str, str, str]]]:
    return list(cells.items()), []


def _wanted(rows_of_cells: Sequence[RowCells]) -> dict[tuple[str, str], tuple[uuid.UUID, str]]:
    """{(channel, hash): (person, reason)} of every address a row names and says to leave alone."""
    wanted: dict[tuple[str, str], tuple[uuid.UUID, str]] = {}
    for fact in rows_of_cells:
        for part, text in fact.cells.items():
            channel, reason = part.split(":")
            if not text.strip() or text.strip().lower() in FALSE_WORDS:
                continue
            for kind, address in fact.addresses:
                if kind == _channels()[channel]:
                    wanted.setdefault(
                        (channel, crypto.address_hash(channel, address)), (fact.person_id, reason)
                    )
    return wanted


def _new(rows_of_cells: Sequence[RowCells]) -> dict[tuple[str, str], tuple[uuid.UUID, str]]:
    wanted = _wanted(rows_of_cells)
    hashes = [address for _channel, address in wanted]
    existing = set(Suppression.objects.filter(address_hash__in=hashes).values_list("channel", "address_hash"))
    return {key: value for key, value in wanted.items() if key not in existing}


def apply(actor: Actor, rows: Sequence[RowCells], source: str) -> Applied:
    """Suppresses the rows' addresses; the first reason stays."""
    wanted = _new(rows)
    Suppression.objects.bulk_create(
        [
            Suppression(channel=channel, address_hash=address, reason=reason, at=rows[0].at, source=source)
            for (channel, address), (_person, reason) in sorted(wanted.items())
        ],
        ignore_conflicts=True,
    )
    at = rows[0].at
    lines = [
        (channel, address, reason, at.isoformat()) for (channel, address), (_pk, reason) in wanted.items()
    ]
    journalled.note_suppressions(lines, at)
    applied = Applied(changed={person for person, _reason in wanted.values()})
    for (channel, address), (person, _reason) in wanted.items():
        applied.undo.setdefault(person, []).append([channel, address, source])
    if wanted:
        applied.counts["suppressed"] = len(wanted)
    return applied


def stop(actor: Actor, rows: Sequence[LeftOut], source: str) -> dict[str, int]:
    """Suppresses the addresses of rows that did not come in, too."""
    nobody = uuid.UUID(int=0)
    named = [RowCells(0, nobody, row.cells, row.addresses, row.message_id, row.at) for row in rows]
    return apply(actor, named, source).counts


def preview(rows: Sequence[RowCells]) -> dict[str, int]:
    count = len(_new(rows))
    return {"suppressed": count} if count else {}


def revert(
    actor: Actor, undo: Mapping[uuid.UUID, Any], source: str, message_id: str, now: dt.datetime
) -> None:
    """Allows again what this import alone suppressed, with one audit line."""
    lifted = 0
    for entries in undo.values():
        for channel, address, said_by in entries:
            suppressions = Suppression.objects.filter(channel=channel, address_hash=address, source=said_by)
            lifted += suppressions.delete()[0]
    audit.record(
        actor=actor,
        action="suppression.lifted",
        object_type="import",
        object_id=message_id,
        data={"count": lifted},
    )


def stated_by_others(_people: Sequence[uuid.UUID], _token: str) -> set[uuid.UUID]:
    """A suppression is an address's, not a person's: it stays without them."""
    return set()


def refuse_erased(rows: Sequence[Identifiers]) -> dict[int, str]:
    """Rows of people who asked to be forgotten, by the keyed hash of an address or the id of the person."""
    refused = _by_address(rows) | _by_person(rows)
    words = _("this person was erased and must not be imported again")
    return dict.fromkeys(refused, words)


def _by_address(rows: Sequence[Identifiers]) -> set[int]:
    if not governance.has_erased():
        return set()
    hashes: dict[str, list[int]] = {}
    for index, identifiers in enumerate(rows):
        for kind, value in identifiers:
            if kind in {"email", "phone"}:
                hashes.setdefault(crypto.address_hash(kind, value), []).append(index)
    return {index for address in governance.erased_addresses(list(hashes)) for index in hashes[address]}


def _by_person(rows: Sequence[Identifiers]) -> set[int]:
    if not governance.has_erased():
        return set()
    people: dict[uuid.UUID, list[int]] = {}
    for index, identifiers in enumerate(rows):
        for identifier in identifiers:
            people.setdefault(person_id_for(identifier), []).append(index)
    return {index for person in governance.erased_persons(people) for index in people[person]}
