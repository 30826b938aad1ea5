"""The timeline event of imported people: one block for the event store per chunk."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import msgspec

from rapport.core.services import spool

EVENT = "Profile Imported"


def write(people: Sequence[tuple[uuid.UUID, int]], name: str, token: str, at: dt.datetime) -> int:
    """Spools an event for each (person, row of the file) in the chunk's transaction; returns the block."""
    stamp = at.astimezone(dt.UTC).isoformat(" ", "milliseconds")[:23].encode()
    encode = msgspec.json.encode
    file = encode(name)
    head = b'{"at":"%b","event":%b,"type":"track","received_at":"%b","source":"Rapport","user_id":"",' % (
        stamp, encode(EVENT), stamp,
    )  # fmt: skip
    head += b'"anonymous_id":"","context":{},"person_id":"'
    prefix = token.encode()
    lines = [
        b'%b%b","message_id":"%b-%010d","properties":{"file":%b,"row":%d}}'
        % (head, str(person).encode(), prefix, row, file, row)
        for person, row in people
    ]
    return spool.put("events", lines)
