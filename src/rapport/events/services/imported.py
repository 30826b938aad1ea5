"""Tells the timelines of imported people where they came from: one block for the store per chunk."""

from __future__ import annotations

import datetime as dt

import msgspec

from rapport.events.services import spool
from rapport.people.imports.registry import Imported

EVENT = "Profile Imported"


def tell(imported: Imported) -> int:
    """Spools one event per person in the chunk's transaction; returns the block."""
    stamp = imported.at.astimezone(dt.UTC).isoformat(" ", "milliseconds")[:23]
    common = {
        "at": stamp, "event": EVENT, "type": "track", "received_at": stamp, "source": "Rapport", "user_id": "",
        "anonymous_id": "", "context": {},
    }  # fmt: skip
    lines = [
        msgspec.json.encode(
            {
                **common,
                "person_id": person,
                "message_id": f"{imported.token}-{row:010}",
                "properties": {"file": imported.name, "row": row},
            }
        )
        for person, row in imported.people
    ]
    return spool.put("events", lines)
