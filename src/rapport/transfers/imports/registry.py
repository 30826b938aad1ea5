"""Kinds of columns that mean more than a trait or an identifier, such as consent."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

from rapport.core.access import Actor
from rapport.core.registration import Registry


@dataclass(frozen=True, slots=True)
class ColumnPart:
    """One thing a column can hold for a kind: "consent:newsletter:email:state"."""

    value: str
    label: str | Promise


@dataclass(slots=True)
class RowCells:
    """What one row says for a kind: {part: cell as text} of a person, under a message id that is always the same.

    `is_new`: the person came with this very row, so nothing is stored about them but the `addresses` and `traits`.
    """

    row: int
    person_id: uuid.UUID
    cells: dict[str, str]
    addresses: Sequence[tuple[str, str]]
    message_id: str
    at: dt.datetime
    is_new: bool = False
    traits: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class LeftOut:
    """What a row that did not come in says for a kind, and whom and which addresses it names."""

    persons: set[uuid.UUID]
    cells: dict[str, str]
    addresses: Sequence[tuple[str, str]]
    message_id: str
    at: dt.datetime


@dataclass(slots=True)
class Applied:
    """Persons whose record changed, how many changes by a word of its own, and what an undo needs per person."""

    changed: set[uuid.UUID] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)
    undo: dict[uuid.UUID, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportColumn:
    """A kind of column that a higher app understands.

    `columns()` lists what a column of the kind may hold. `suggest(header, samples)` returns a part's value or "".
    `check(cells)` returns the cells that can be taken and (part, code, cell) of what is wrong with a row's: it runs in
    the parsing process, for each row, and asks no database. `apply(actor, rows, source)` and `preview(rows)` are
    set-based; `apply` runs in the chunk's transaction, must be repeatable by message id, and of people who came with it
    (`is_new`) touches nothing but their own rows: two such chunks may be under way at once.
    `revert(actor, undo, source, message_id, now)` takes back {person: undo} of a chunk by adding, never by deleting.
    `stop(actor, rows, source)` does what may not wait of rows that did not come in, and counts it by words: who does
    not want to be written to says so to everybody, whatever becomes of the row. It is not taken back.
    `stated_by_others(people, token)` are those of whom somebody else than the import of this token has said something.
    """

    name: str
    label: str | Promise
    columns: Callable[[], list[ColumnPart]]
    suggest: Callable[[str, list[str]], str]
    check: Callable[[dict[str, str]], tuple[list[tuple[str, str]], list[tuple[str, str, str]]]]
    apply: Callable[[Actor, Sequence[RowCells], str], Applied]
    preview: Callable[[Sequence[RowCells]], dict[str, int]]
    revert: Callable[[Actor, Mapping[uuid.UUID, Any], str, str, dt.datetime], None]
    stop: Callable[[Actor, Sequence[LeftOut], str], dict[str, int]]
    stated_by_others: Callable[[Sequence[uuid.UUID], str], set[uuid.UUID]] = lambda _people, _token: set()


IMPORT_COLUMNS: Registry[ImportColumn] = Registry("kind of import column")
