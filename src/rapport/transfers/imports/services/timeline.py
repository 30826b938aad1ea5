"""Tells the timelines of imported people where they came from: one block for the store per chunk."""

from __future__ import annotations

import datetime as dt

import msgspec

from rapport.core.services import spool
from rapport.transfers.imports.registry import Imported

EVENT = "Profile Imported"


def tell(imported: Imported) -> int:
    """Spools one event per person in the chunk's transaction; returns the block."""
    stamp = imported.at.astimezone(dt.UTC).isoformat(" ", "milliseconds")[:23].encode()
    encode = msgspec.json.encode
    file = encode(imported.name)
    head = b'{"at":"%b","event":%b,"type":"track","received_at":"%b","source":"Rapport","user_id":"",' % (
        stamp, encode(EVENT), stamp,
    )  # fmt: skip
    head += b'"anonymous_id":"","context":{},"person_id":"'
    token = imported.token.encode()
    lines = [
        b'%b%b","message_id":"%b-%010d","properties":{"file":%b,"row":%d}}'
        % (head, str(person).encode(), token, row, file, row)
        for person, row in imported.people
    ]
    return spool.put("events", lines)
