"""How events lie in the log: divided by person into partitions, compressed, in pieces of a bounded size."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from backports import zstd
from django.conf import settings

from rapport.events.services.envelope import Event, decode_events, encode

events_in = decode_events


def pack(events: Sequence[Event]) -> bytes:
    """The payload of a log entry: zstd(JSON)."""
    return zstd.compress(encode(events), level=1)


def opened(payload: bytes) -> bytes:
    """The JSON in a log entry."""
    return zstd.decompress(payload)


def unpack(payload: bytes) -> list[Event]:
    return events_in(opened(payload))


def partitioned(events: Sequence[Event]) -> list[tuple[int, Sequence[Event]]]:
    """Events by partition; one person's device or account always goes to the same one."""
    count = settings.EVENT_PARTITIONS
    if count <= 1:
        return [(0, events)] if events else []
    by_partition: dict[int, list[Event]] = {}
    for event in events:
        name = event.user_id or event.anonymous_id or str(event.person_id)
        by_partition.setdefault(zlib.crc32(name.encode()) % count, []).append(event)
    return list(by_partition.items())


def packed(events: Sequence[Event], limit: int) -> list[tuple[int, int, bytes]]:
    """(partition, number of events, payload) of every piece; none is larger than `limit` bytes.

    A single event is never divided: it may have 32 KiB, which is below any limit in use.
    """
    return [piece for part, part_events in partitioned(events) for piece in _pieces(part, part_events, limit)]


def _pieces(part: int, events: Sequence[Event], limit: int) -> list[tuple[int, int, bytes]]:
    payload = pack(events)
    if len(payload) <= limit or len(events) == 1:
        return [(part, len(events), payload)]
    middle = len(events) // 2
    return _pieces(part, events[:middle], limit) + _pieces(part, events[middle:], limit)
