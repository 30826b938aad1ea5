"""The bare limits of sending: finished bytes into the same sink, with no ledger, no gate and no template."""

from __future__ import annotations

import smtplib
import time
import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rapport.channels.email.transport import EmailChannel
from rapport.channels.protocol import Message
from rapport.channels.services.connections import connected
from rapport.content.services.rendering import Recipient
from rapport.core.queries import workspace
from rapport.messaging.services.composing import Mailer

if TYPE_CHECKING:
    from rapport.bench.delivery import World

MESSAGES, ROUNDS = 500, 10


def measure(world: World, url: str, connections: int) -> dict[str, float]:
    """Messages a second by our own transport over so many connections (`transport`), and by the standard library's
    client over one (`smtplib`)."""
    messages = finished(world)
    channel = EmailChannel(url, connections)
    try:
        return {
            "transport": _rate(messages, channel.deliver),
            "smtplib": _by_smtplib(messages, url),
        }
    finally:
        channel.close()


def finished(world: World) -> list[Message]:
    """The campaign's message, made for one person."""
    send = world.order(people=world.people[:1])
    mailer = Mailer(send, workspace(), connected("email", marketing=True))
    recipient = Recipient(world.people[0], "Ada", "ada@example.org", {"first_name": "Ada", "points": 1})
    return [mailer.message(uuid.uuid4(), recipient, world.clock.now(), {})[0] for _ in range(MESSAGES)]


def _by_smtplib(messages: Sequence[Message], url: str) -> float:
    address = urlsplit(url)
    with smtplib.SMTP(address.hostname or "", address.port or 25) as client:

        def send(batch: Sequence[Message]) -> None:
            for message in batch:
                client.sendmail(message.sender, [message.recipient], message.payload)

        return _rate(messages, send)


def _rate(messages: Sequence[Message], send: Callable[[Sequence[Message]], object]) -> float:
    send(messages[:100])
    began = time.perf_counter()
    for _ in range(ROUNDS):
        send(messages)
    return ROUNDS * len(messages) / (time.perf_counter() - began)
