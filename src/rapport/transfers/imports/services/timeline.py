"""The timeline event of imported people: one block for the event store per chunk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

EVENT = "Profile Imported"


def lines(people: Sequence[tuple[str, int]], name: str, token: str, at: dt.datetime) -> list[bytes]:
    """An event for each (id of a person, row of the file). Asks no database."""
    stamp = at.astimezone(dt.UTC).isoformat(" ", "milliseconds")[:23].encode()
    encode = msgspec.json.encode
    file = encode(name)
    head = b'{"at":"%b","event":%b,"type":"track","received_at":"%b","source":"Rapport","user_id":"",' % (
        stamp, encode(EVENT), stamp,
    )  # fmt: skip
    head += b'"anonymous_id":"","context":{},"person_id":"'
    prefix = token.encode()
    return [
        b'%b%b","message_id":"%b-%010d","properties":{"file":%b,"row":%d}}'
        % (head, person.encode(), prefix, row, file, row)
        for person, row in people
    ]
