"""Telling the projector which people to look at again."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from rapport.core import sql
from rapport.core.services.wake import wake


def mark_changed(person_ids: Collection[uuid.UUID], *, profile: bool = True, after_block: int = 0) -> None:
    """Adds one change set, in the caller's transaction. `profile`: more than events changed."""
    if not person_ids:
        return
    ids = sql.UuidArray(list(dict.fromkeys([person.bytes for person in person_ids])))
    sql.run(
        "INSERT INTO people_changeset (people, profiles, after_block) VALUES (%b::uuid[], %b::uuid[], %b)",
        [ids, ids if profile else sql.UuidArray([]), after_block],
    )
    if not after_block:
        wake("projector")
