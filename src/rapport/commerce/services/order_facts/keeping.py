"""Facts in and out of their table, and which subjects are to be folded again."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence

from rapport.commerce.services.order_facts import structs
from rapport.commerce.services.order_facts.copying import copy
from rapport.commerce.services.order_facts.stored import StoredFact
from rapport.core import sql
from rapport.core.services.wake import wake

LOOP = "orders"
COLUMNS = (
    "subject", "about", "key", "at", "event", "message_id", "source", "is_public", "is_known", "home", "store",
    "external_id", "content",
)  # fmt: skip
_READ = f"SELECT {', '.join(COLUMNS)} FROM commerce_commercefact WHERE subject = ANY(%b::uuid[])"
_REMOVE = "DELETE FROM commerce_commercefact WHERE key = ANY(%b::uuid[]) RETURNING subject"


def keep(stored_facts: Sequence[StoredFact]) -> None:
    """Adds facts, in place of what was read of the same events before, and marks their subjects.

    In the caller's transaction.
    """
    if stored_facts:
        before = {
            row[0] for row in sql.run(_REMOVE, [sql.UuidArray([stored.key.bytes for stored in stored_facts])])
        }
        distinct = {stored.key: stored for stored in stored_facts}.values()
        rows = ((*stored[:-1], structs.encode(stored.fact).decode()) for stored in distinct)
        copy("commerce_commercefact", COLUMNS, rows)
        mark(before | {stored.subject for stored in stored_facts})


def mark(subjects: Collection[uuid.UUID]) -> None:
    """Has the subjects folded again, in the caller's transaction."""
    if subjects:
        values = sql.UuidArray([subject.bytes for subject in subjects])
        sql.run("INSERT INTO commerce_stalesubjects (subjects) VALUES (%b::uuid[])", [values])
        wake(LOOP)


def facts_of(subjects: Collection[uuid.UUID]) -> dict[uuid.UUID, list[StoredFact]]:
    """Everything kept of these subjects."""
    stored_facts: dict[uuid.UUID, list[StoredFact]] = defaultdict(list)
    for row in sql.run(_READ, [sql.UuidArray([subject.bytes for subject in subjects])]):
        stored_facts[row[0]].append(StoredFact._make((*row[:-1], structs.decode(row[-1]))))
    return stored_facts
