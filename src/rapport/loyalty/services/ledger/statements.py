"""The ledger's three statements, planned once for each connection: a till waits for round trips more than for work.

Locking, reading and writing cannot be one: what lies in an account is read after it is locked, and written after it
was reckoned with.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from django.db import DEFAULT_DB_ALIAS

from rapport.core import sql
from rapport.loyalty.models import Account, Entry, Lot, Posting, Program


def _names(model: Any) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def _columns(alias: str, model: Any) -> str:
    return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields)


ACCOUNT, PROGRAM, LOT = _names(Account), _names(Program), _names(Lot)
LOCK = f"""
SELECT {_columns("a", Account)}, {_columns("p", Program)}
FROM loyalty_account a JOIN loyalty_program p ON p.id = a.program_id
WHERE a.id = ANY(%b) ORDER BY a.id FOR UPDATE OF a
"""
# With the other open accounts of the same persons.
LOCK_ALL = LOCK.replace(
    "a.id = ANY(%b)",
    """a.id = ANY(%b || ARRAY(
    SELECT s.id FROM loyalty_account o
    JOIN loyalty_account s ON s.person_id = o.person_id AND s.program_id = o.program_id AND s.status = 'active'
    WHERE o.id = ANY(%b)
))""",
)
HOLDING = f"""
SELECT {_columns("l", Lot)} FROM loyalty_lot l
WHERE l.account_id = ANY(%b) AND (l.remaining > 0 OR l.pending > 0) ORDER BY l.id
"""
HOLDING_AND = HOLDING.replace("l.pending > 0", "l.pending > 0 OR l.id = ANY(%b)")
WRITE = """
WITH given AS (SELECT %t::json AS rows), ids AS MATERIALIZED (
    SELECT n, nextval('loyalty_entry_id_seq') AS id
    FROM generate_series(1, (SELECT json_array_length(rows->'entries') FROM given)) n
), lots AS MATERIALIZED (
    SELECT n, nextval('loyalty_lot_id_seq') AS id
    FROM generate_series(1, (SELECT json_array_length(rows->'lots') FROM given)) n
), entries AS (
    INSERT INTO loyalty_entry (id, program_id, account_id, other_id, kind, points, source, key, at, recorded_at,
        order_ref, note, actor, reasons)
    SELECT ids.id, e.program_id, e.account_id, e.other_id, e.kind, e.points, e.source, e.key, e.at, e.recorded_at,
        e.order_ref, e.note, e.actor, e.reasons
    FROM given, json_to_recordset(rows->'entries') AS e(n int, program_id bigint, account_id uuid, other_id uuid,
        kind text, points bigint, source text, key text, at timestamptz, recorded_at timestamptz, order_ref uuid,
        note text, actor text, reasons jsonb)
    JOIN ids USING (n) ORDER BY e.n
), new AS (
    INSERT INTO loyalty_lot (id, account_id, entry_id, pending, remaining, expired, available_at, expires_at)
    SELECT lots.id, l.account_id, ids.id, l.pending, l.remaining, l.expired, l.available_at, l.expires_at
    FROM given, json_to_recordset(rows->'lots') AS l(n int, account_id uuid, entry int, pending bigint,
        remaining bigint, expired bigint, available_at timestamptz, expires_at timestamptz)
    JOIN lots USING (n) JOIN ids ON ids.n = l.entry ORDER BY l.n
), moved AS (
    UPDATE loyalty_lot l SET pending = m.pending, remaining = m.remaining, expired = m.expired
    FROM given, json_to_recordset(rows->'moved') AS m(id bigint, pending bigint, remaining bigint, expired bigint)
    WHERE l.id = m.id
), postings AS (
    INSERT INTO loyalty_posting (entry_id, book, account_id, points)
    SELECT ids.id, p.book, p.account_id, p.points
    FROM given, json_to_recordset(rows->'postings') AS p(n int, entry int, book text, account_id uuid, points bigint)
    JOIN ids ON ids.n = p.entry ORDER BY p.n
)
SELECT ARRAY(SELECT id FROM ids ORDER BY n), ARRAY(SELECT id FROM lots ORDER BY n)
"""

_ENTRY = [name for name in _names(Entry) if name != "id"]
_LOT = [name for name in LOT if name not in ("id", "entry_id")]
_MOVED = ["id", "pending", "remaining", "expired"]
_POSTING = ["book", "account_id", "points"]


def _fields(row: Any, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def lock(account_ids: Collection[uuid.UUID], *, with_others: bool) -> list[Account]:
    """Locked in one order, whoever locks; each with its programme."""
    ids = sql.UuidArray([account.bytes for account in account_ids])
    rows = sql.run(LOCK_ALL, [ids, ids], prepare=True) if with_others else sql.run(LOCK, [ids], prepare=True)
    accounts, programs = [], dict[int, Program]()
    for row in rows:
        account = Account.from_db(DEFAULT_DB_ALIAS, ACCOUNT, row[: len(ACCOUNT)])
        if account.program_id not in programs:
            programs[account.program_id] = Program.from_db(DEFAULT_DB_ALIAS, PROGRAM, row[len(ACCOUNT) :])
        account.program = programs[account.program_id]
        accounts.append(account)
    return accounts


def holding(account_ids: Collection[uuid.UUID], lots: Collection[int]) -> list[Lot]:
    """The lots with points in them, and `lots`."""
    ids = sql.UuidArray([account.bytes for account in account_ids])
    rows = (
        sql.run(HOLDING_AND, [ids, list(lots)], prepare=True)
        if lots
        else sql.run(HOLDING, [ids], prepare=True)
    )
    return [Lot.from_db(DEFAULT_DB_ALIAS, LOT, row) for row in rows]


def write(
    entries: Sequence[Entry], new: Sequence[Lot], moved: Collection[Lot], postings: Sequence[Posting]
) -> None:
    """Writes all of it, and gives the entries and new lots their ids."""
    if not entries:
        return
    numbers = {id(entry): n for n, entry in enumerate(entries, 1)}
    rows = {
        "entries": [{"n": n, **_fields(entry, _ENTRY)} for n, entry in enumerate(entries, 1)],
        "lots": [
            {"n": n, "entry": numbers[id(lot.entry)], **_fields(lot, _LOT)} for n, lot in enumerate(new, 1)
        ],
        "moved": [_fields(lot, _MOVED) for lot in moved],
        "postings": [
            {"n": n, "entry": numbers[id(row.entry)], **_fields(row, _POSTING)}
            for n, row in enumerate(postings, 1)
        ],
    }
    ((entry_ids, lot_ids),) = sql.run(WRITE, [msgspec.json.encode(rows).decode()], prepare=True)
    for row, pk in (*zip(entries, entry_ids, strict=True), *zip(new, lot_ids, strict=True)):
        row.pk = pk
    for lot in new:
        lot.entry_id = lot.entry.pk
