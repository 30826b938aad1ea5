"""The opt-outs of a business as a file: written with hashes only, read in whatever form others keep theirs.

Reading adds and never takes away: no row allows an address again, and a row that cannot be understood is named with
its number, so that nobody believes it was taken.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core import crypto
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.governance import queries
from rapport.governance.models import AddressWithdrawal, Suppression
from rapport.governance.naming import letters, named
from rapport.governance.registry import CONSENT_CHANNELS
from rapport.governance.services import journalled, ledger, suppression
from rapport.people import identity_types

HEADER = ("channel", "address_hash", "key_id", "reason", "at", "source", "purpose")
MOST_ROWS = 100_000
_NAMES = {
    "channel": "channel", "kanal": "channel", "addresshash": "address_hash", "hash": "address_hash",
    "keyid": "key_id", "key": "key_id", "reason": "reason", "grund": "reason", "status": "reason", "type": "reason",
    "at": "at", "date": "at", "createdat": "at", "created": "at", "datum": "at", "source": "source",
    "purpose": "purpose", "address": "address", "email": "address", "emailaddress": "address", "mail": "address",
    "recipient": "address", "phone": "address", "phonenumber": "address", "mobile": "address", "telefon": "address",
    "adresse": "address",
}  # fmt: skip
_REASONS = (
    ("erased", re.compile(r"eras|forgot|gelöscht")),
    ("complained", re.compile(r"compl|spam|abuse|beschwer")),
    ("bounced", re.compile(r"bounc|invalid|hard|undeliver|unzustell|cleaned")),
    ("unsubscribed", re.compile(r"unsub|opt|abgemeldet|abbest|withdr")),
)
_WRAPPED = re.compile(r"<([^<>]+)>")
_BETWEEN = re.compile(r"[,;|\s]+")
_SCHEME = re.compile(r"^(?:mailto|tel|sms):", re.IGNORECASE)


@dataclass(slots=True)
class Outcome:
    """`added` are new, `present` were on the list already; `refused` is [(number of the row, why)]."""

    added: int = 0
    present: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Read:
    """Hashes to suppress, and those that refuse one purpose."""

    suppressions: list[suppression.Row] = field(default_factory=list)
    withdrawals: list[tuple[int, str, str, dt.datetime, str]] = field(default_factory=list)


class _Wrong(ValueError):
    """The row cannot be taken; the message says why."""


def export() -> Iterator[str]:
    """Lines of CSV: every suppressed address, and every one for which consent to one purpose was withdrawn."""
    yield _line(HEADER)
    key_id = crypto.address_key_id()
    for row in Suppression.objects.order_by("pk").iterator(chunk_size=5000):
        yield _line(
            (row.channel, row.address_hash, key_id, row.reason, row.at.isoformat(), _plain(row.source), "")
        )
    withdrawals = AddressWithdrawal.objects.select_related("purpose").order_by("pk")
    for stop in withdrawals.iterator(chunk_size=5000):
        purpose, at = stop.purpose.key, stop.at.isoformat()
        yield _line((stop.channel, stop.address_hash, key_id, "withdrawn", at, _plain(stop.source), purpose))


def _plain(text: str) -> str:
    """What a spreadsheet does not take for a formula."""
    return "'" + text if text[:1] in "=+-@\t\r" else text


def _line(cells: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()


def rows_of(text: str) -> list[tuple[int, dict[str, str]]]:
    """[(number of the line, {column: cell})]; in a file without a header every cell is an address."""
    text = text.removeprefix("\ufeff").replace("\x00", "")
    lines = text.splitlines()
    dialect = "\t" if any("\t" in line for line in lines[:20]) else ";" if _prefers_semicolon(lines) else ","
    cells = list(csv.reader(lines, delimiter=dialect))
    first = next((row for row in cells if any(cell.strip() for cell in row)), [])
    columns = [_NAMES.get(letters(cell), "") for cell in first]
    if not {"address", "address_hash"} & set(columns):
        return [
            (number, {"address": cell}) for number, row in enumerate(cells, 1) for cell in row if cell.strip()
        ]
    start = cells.index(first) + 1
    return [
        (number, {name: cell for name, cell in zip(columns, row, strict=False) if name})
        for number, row in enumerate(cells[start:], start + 1)
        if any(cell.strip() for cell in row)
    ]


def _prefers_semicolon(lines: Sequence[str]) -> bool:
    return sum(line.count(";") for line in lines[:20]) > sum(line.count(",") for line in lines[:20])


@transaction.atomic
def take(
    *, actor: Actor, rows: Iterable[tuple[int, Mapping[str, str]]], source: str, clock: Clock = SYSTEM
) -> Outcome:
    """Puts what the rows name on the list; nothing is ever taken off. Raises PermissionDenied."""
    actor.require("settings.edit")
    outcome, read, now = Outcome(), _Read(), clock.now()
    purposes = queries.purpose_ids()
    names = {channel.key: str(channel.label) for channel in CONSENT_CHANNELS}
    for number, row in rows:
        cells = {name: str(cell).strip() for name, cell in row.items()}
        try:
            _read(cells, source, now, purposes, lambda text: named(text, names), read)
        except _Wrong as error:
            outcome.refused.append((number, str(error)))
    outcome.added = suppression.add(read.suppressions, now=now)
    outcome.present = len({row[:2] for row in read.suppressions}) - outcome.added
    keys = {pk: key for key, pk in purposes.items()}
    ledger.withdraw_addresses(read.withdrawals)
    journalled.note_hashed_withdrawals([(keys[row[0]], *row[1:]) for row in read.withdrawals], now)
    outcome.added += len(read.withdrawals)
    audit.record(
        actor=actor,
        action="suppression.imported",
        object_type="suppression",
        object_id="import",
        data={
            "added": outcome.added,
            "present": outcome.present,
            "refused": len(outcome.refused),
            "source": source,
        },
        clock=clock,
    )
    return outcome


def _read(
    cells: Mapping[str, str],
    source: str,
    now: dt.datetime,
    purposes: Mapping[str, int],
    channel_of: Callable[[str], str],
    read: _Read,
) -> None:
    at, origin = _moment(cells.get("at", ""), now), (cells.get("source") or source)[:120]
    purpose = cells.get("purpose", "")
    if purpose and purpose not in purposes:
        raise _Wrong(_("There is no purpose “%(purpose)s”.") % {"purpose": purpose[:64]})
    wrong: list[_Wrong] = []
    for part in _by_address(cells):
        try:
            hashes = _hashes(part, channel_of)
        except _Wrong as error:
            wrong.append(error)
            continue
        for channel, hashed in hashes:
            if purpose:
                read.withdrawals.append((purposes[purpose], channel, hashed, at, origin))
            else:
                read.suppressions.append((channel, hashed, _reason(cells.get("reason", "")), at, origin))
    if wrong:
        raise wrong[0]


def _by_address(cells: Mapping[str, str]) -> list[Mapping[str, str]]:
    """The row once for each address where one cell holds several email addresses."""
    text = cells.get("address", "")
    several = [part for part in _BETWEEN.split(text) if "@" in part] if text.count("@") > 1 else []
    return [{**cells, "address": part} for part in several] or [cells]


def _hashes(cells: Mapping[str, str], channel_of: Callable[[str], str]) -> list[tuple[str, str]]:
    """[(channel, hash)] that a row is about. An address without a channel is meant on all that could reach it."""
    text = cells.get("channel", "")
    channel = channel_of(text) if text else ""
    if text and not channel:
        raise _Wrong(_("There is no channel “%(channel)s”.") % {"channel": text[:64]})
    if given := cells.get("address_hash", ""):
        return [_foreign(given, cells.get("key_id", ""), channel)]
    address = _bare(cells.get("address", ""))
    if not address:
        raise _Wrong(_("There is no address."))
    channels = [channel] if channel else _channels_by_address()
    normal = [(key, queries.normal_address(key, address)) for key in channels]
    hashed = [(key, crypto.address_hash(key, text)) for key, text in normal if text]
    if not hashed:
        raise _Wrong(_("“%(address)s” is no address.") % {"address": address[:100]})
    return hashed


def _channels_by_address() -> list[str]:
    """The channels whose addresses are known by their form, so that not every word is one."""
    rules = identity_types.current().by_key
    return [
        entry.key
        for entry in CONSENT_CHANNELS
        if (rule := rules.get(entry.identifier)) and rule.normaliser in {"email", "phone"}
    ]


def _foreign(hashed: str, key_id: str, channel: str) -> tuple[str, str]:
    if not channel:
        raise _Wrong(_("A hash needs its channel."))
    if key_id != crypto.address_key_id():
        raise _Wrong(_("The hash was made with another key, so it can match no address here."))
    if not re.fullmatch(r"[0-9a-f]{64}", hashed):
        raise _Wrong(_("This is no hash of an address."))
    return channel, hashed


def _bare(text: str) -> str:
    """`Ada <ada@example.org>`, `mailto:ada@example.org?subject=x` and `"ada@example.org",` as the address alone."""
    wrapped = _WRAPPED.search(text)
    bare = (wrapped.group(1) if wrapped else text).strip().strip("\"'`,;<>").strip()
    return _SCHEME.sub("", bare).partition("?")[0].strip()


def _reason(text: str) -> str:
    word = text.lower()
    if word in Suppression.Reason.values:
        return word
    return next(
        (reason for reason, pattern in _REASONS if pattern.search(word)), Suppression.Reason.MANUAL.value
    )


def _moment(text: str, now: dt.datetime) -> dt.datetime:
    """When it was; now, when nobody can tell or it has not come yet."""
    try:
        at = dt.datetime.fromisoformat(text)
        at = at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return now
    return min(at, now)
