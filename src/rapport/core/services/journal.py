"""The journal: a memory outside of the databases of what a restored older state must not forget.

Append-only files of JSON lines in a folder of their own (`RAPPORT_JOURNAL`), one file per day and process: messages
handed over, consent withdrawn, addresses suppressed, people erased. Each kind of line is a `JournalKind` of the app
that owns it. `append` writes at once and to the disk; `note` in the caller's transaction, and a worker moves it into
the file.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import logging
import os
import socket
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from django.conf import settings
from django.db import transaction

from rapport.core import crypto, sql
from rapport.core.clock import SYSTEM, Clock
from rapport.core.models import JournalLine
from rapport.core.registration import Registry
from rapport.core.services.wake import wake

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from rapport.core.access import Actor

log = logging.getLogger("rapport.journal")
LOOP = "core.journal"
LOCK = 7_302_010
TAIL = 200


class Line(msgspec.Struct, frozen=True):
    """One line. `incarnation` is the life of the data in which it was written."""

    kind: str
    at: dt.datetime
    incarnation: uuid.UUID | None
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class JournalKind:
    """A kind of line. `unknown(lines)` are those of which the database knows nothing; `read_back(actor, lines,
    clock)` brings them into it and returns how many it took; both are safe to repeat. `label` names what they are.

    A line that is written `at_once` is in the database before it is in the journal: one that is missing there proves
    that the database is older.
    """

    name: str
    label: str | Promise
    unknown: Callable[[Sequence[Line]], list[Line]]
    read_back: Callable[[Actor, Sequence[Line], Clock], int]
    weight: Callable[[Line], int] = lambda line: 1
    at_once: bool = False


JOURNAL_KINDS: Registry[JournalKind] = Registry("kind of journal line")
_writing = threading.Lock()  # a process has one file, and several threads
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Line).decode


def folder() -> Path:
    """This installation's: named by its keys, so that copies of it share one."""
    return Path(settings.JOURNAL) / crypto.digest(f"journal:{settings.SIGNING_KEY}")[:16]


def append(kind: str, data: dict[str, Any], *, incarnation: uuid.UUID | None, now: dt.datetime) -> None:
    """Writes a line to the disk before it returns. A journal that cannot be written stops nothing, and is reported."""
    _write([_encode(Line(kind, now, incarnation, data))], now)


def note(kind: str, data: dict[str, Any], *, now: dt.datetime) -> None:
    """Writes a line in the caller's transaction; it is in the journal soon after the commit."""
    JournalLine.objects.create(payload=_encode(Line(kind, now, None, data)))
    wake(LOOP)


def run_once(clock: Clock = SYSTEM) -> int:
    """Moves committed lines into the file. Returns how many."""
    with transaction.atomic():
        if not sql.run("SELECT pg_try_advisory_xact_lock(%b)", [LOCK])[0][0]:
            return 0
        rows = list(JournalLine.objects.order_by("pk")[:1_000])
        if not rows or not _write([bytes(row.payload) for row in rows], clock.now()):
            return 0
        JournalLine.objects.filter(pk__in=[row.pk for row in rows]).delete()
        return len(rows)


def _write(lines: Sequence[bytes], now: dt.datetime) -> bool:
    path = folder() / f"{now:%Y-%m-%d}.{socket.gethostname()}.{os.getpid()}.jsonl"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            with _writing:
                _append(handle, b"".join(line + b"\n" for line in lines))
        finally:
            os.close(handle)
    except OSError as error:
        log.error("the journal cannot be written (%s); see RAPPORT_JOURNAL", error)
        return False
    return True


def _append(handle: int, content: bytes) -> None:
    """All of it, to the disk, or nothing: what a full disk cut off would spoil the line after it as well."""
    start = os.fstat(handle).st_size
    try:
        if os.write(handle, content) < len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(handle)
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(handle, start)
        raise


def problem() -> str:
    """Why the journal cannot be written, or nothing."""
    try:
        folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        return f"{folder()}: {error.strerror}"
    if not os.access(folder(), os.W_OK):
        return f"{folder()} may not be written"
    unreadable = [path for path in _files() if not os.access(path, os.R_OK)]
    return f"{unreadable[0]} may not be read" if unreadable else ""


def lines(since: dt.datetime | None = None, folders: Iterable[Path] = ()) -> Iterator[Line]:
    """All lines from a day on, of this machine's journal and of further folders of other machines."""
    for path in _files(folders):
        if since and path.name[:10] < f"{since:%Y-%m-%d}":
            continue
        yield from (line for line in _read(path) if since is None or line.at >= since)


def _read(path: Path, last: int = 0) -> list[Line]:
    """The lines of a file, or its `last` ones, but those that are damaged, as where a machine fell over; none of a file
    that may not be read, which `problem` reports."""
    try:
        raw_lines = path.read_bytes().splitlines()[-last:]
    except OSError as error:
        log.error("%s cannot be read (%s); see RAPPORT_JOURNAL", path, error)
        return []
    lines = []
    for raw in raw_lines:
        with contextlib.suppress(msgspec.MsgspecError):
            lines.append(_decode(raw))
    return lines


def _files(folders: Iterable[Path] = ()) -> list[Path]:
    """Files by day. A folder may be the journal itself, or what lies around it."""
    paths = {path for place in (folder(), *folders) for path in place.glob("*.jsonl")}
    paths |= {path for place in folders for path in place.glob(f"{folder().name}/*.jsonl")}
    return sorted(paths, key=lambda path: path.name)


def reaches_back_to() -> str:
    """The day of the oldest file of this machine's journal, or nothing."""
    return next((path.name[:10] for path in _files()), "")


def contradicts(incarnation: uuid.UUID) -> bool:
    """Whether the last lines that were written at once in this life of the data are unknown to the database."""
    newest: list[Line] = []
    for path in _files()[::-1][:8]:
        newest += _read(path, TAIL)
    for kind in JOURNAL_KINDS:
        own = [line for line in newest if line.kind == kind.name and line.incarnation == incarnation]
        if kind.at_once and own and kind.unknown(own):
            return True
    return False


def preview(since: dt.datetime, folders: Iterable[Path] = ()) -> dict[str, int]:
    """How much of each kind the journal tells of that the database does not know."""
    batches = _by_kind(lines(since, folders))
    return {
        kind.name: sum(kind.weight(line) for line in kind.unknown(batches[kind.name]))
        for kind in JOURNAL_KINDS
        if kind.name in batches
    }


def read_back(actor: Actor, since: dt.datetime, folders: Iterable[Path], clock: Clock) -> dict[str, int]:
    """Brings into the database what it does not know. Returns how many of each kind."""
    counts: Counter[str] = Counter()
    batches = _by_kind(lines(since, folders))
    for kind in JOURNAL_KINDS:
        if unknown := kind.unknown(batches.get(kind.name, [])):
            counts[kind.name] = kind.read_back(actor, unknown, clock)
    return dict(counts)


def _by_kind(all_lines: Iterable[Line]) -> dict[str, list[Line]]:
    batches: dict[str, list[Line]] = {}
    for line in all_lines:
        batches.setdefault(line.kind, []).append(line)
    return batches


def prune(now: dt.datetime) -> int:
    """Removes files older than RAPPORT_JOURNAL_DAYS. Returns how many."""
    oldest = f"{now - dt.timedelta(days=settings.JOURNAL_DAYS):%Y-%m-%d}"
    old = [path for path in _files() if path.name[:10] < oldest]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
