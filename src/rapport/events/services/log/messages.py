"""What one message of the log carries: entries of many requests, so that one flush of the disk serves them all."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from rapport.events.services.log.base import PIECE, Accepted, Entry


class Frame(msgspec.Struct, array_like=True):
    """One entry on the wire."""

    source_id: int
    received: float
    events: int
    payload: bytes
    refused: list[tuple[str, bytes]] = []


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Frame]).decode


@dataclass(slots=True)
class Message:
    """One message for a partition, and which of the requests (by position) stand or fall with it."""

    partition: int
    frames: list[Frame] = field(default_factory=list)
    owners: set[int] = field(default_factory=set)
    size: int = 0
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def events(self) -> int:
        return sum(frame.events for frame in self.frames)

    @property
    def body(self) -> bytes:
        return _encode(self.frames)


def read(body: bytes) -> list[Entry]:
    """The entries of a message. Raises msgspec.DecodeError."""
    return [
        Entry(
            frame.source_id,
            dt.datetime.fromtimestamp(frame.received, dt.UTC),
            frame.events,
            frame.payload,
            frame.refused,
        )
        for frame in _decode(body)
    ]


def of_requests(batch: Iterable[Accepted]) -> list[Message]:
    """The messages that hold all these requests, in order, as few as fit."""
    full: list[Message] = []
    filling: dict[int, Message] = {}
    for owner, accepted in enumerate(batch):
        for partition, frame in _frames(accepted):
            size = len(frame.payload) + sum(len(raw) for _, raw in frame.refused) + 64
            message = filling.get(partition)
            if message is None or message.size + size > PIECE:
                message = filling[partition] = Message(partition)
                full.append(message)
            message.frames.append(frame)
            message.owners.add(owner)
            message.size += size
    return full


def of_events(
    source_id: int, received: dt.datetime, pieces: Iterable[tuple[int, int, bytes]], key: str
) -> list[Message]:
    """One message per piece (partition, number of events, payload). The same key gives the same ids of messages."""
    return [
        Message(part, [Frame(source_id, received.timestamp(), count, payload)], id=f"{key}-{number}")
        for number, (part, count, payload) in enumerate(pieces)
    ]


def _frames(accepted: Accepted) -> Iterable[tuple[int, Frame]]:
    received = accepted.received.timestamp()
    for partition, count, payload in accepted.packed:
        yield partition, Frame(accepted.source_id, received, count, payload)
    for reason, raw in accepted.refused:
        yield 0, Frame(accepted.source_id, received, 0, b"", [(reason, raw)])
