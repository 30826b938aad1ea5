"""Telling the projector which people to look at again."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from rapport.core.services.wake import wake
from rapport.people.models import ChangeSet


def mark_changed(person_ids: Collection[uuid.UUID], *, profile: bool = True, after_block: int = 0) -> None:
    """Adds one change set, in the caller's transaction. `profile`: more than events changed."""
    if not person_ids:
        return
    ids = list(dict.fromkeys(person_ids))
    ChangeSet.objects.create(people=ids, profiles=ids if profile else [], after_block=after_block)
    if not after_block:
        wake("projector")
