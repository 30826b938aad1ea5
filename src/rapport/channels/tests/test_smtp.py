"""What one SMTP conversation tells us, against a real server that misbehaves on demand."""

from __future__ import annotations

import pytest

from rapport.channels.email.smtp import BadServer, Server
from rapport.channels.email.transport import EmailChannel
from rapport.channels.protocol import Message, Result
from rapport.channels.tests.sink import Sink

PAYLOAD = b"Subject: x\r\n\r\nhello\r\n.dot\r\n"


def message(recipient: str = "ada@example.org", payload: bytes = PAYLOAD) -> Message:
    return Message("shop@example.org", recipient, payload)


def deliver(sink: Sink, **values: object) -> Result:
    channel = EmailChannel(sink.url, 1)
    (outcome,) = channel.deliver([message(**values)])
    channel.close()
    return outcome.result


def test_an_accepted_message_arrives_unchanged(sink: Sink) -> None:
    assert deliver(sink) is Result.ACCEPTED
    assert sink.taken == [("ada@example.org", PAYLOAD)]


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ("421 4.3.2 closing", Result.RETRY),
        ("451 4.7.1 greylisted", Result.RETRY),
        ("450 mailbox busy", Result.RETRY),
        ("550 5.1.1 no such user", Result.BAD_ADDRESS),
        ("553 5.1.3 bad syntax", Result.BAD_ADDRESS),
        ("550 5.1.8 bad sender domain", Result.POLICY),
        ("550 5.7.1 you are not welcome", Result.POLICY),
        ("550 5.7.515 not authenticated", Result.POLICY),
        ("552 5.2.2 mailbox full", Result.REFUSED),
        ("550 no", Result.REFUSED),
    ],
)
@pytest.mark.parametrize("stage", ["on_rcpt", "on_data"])
def test_each_refusal_is_understood(sink: Sink, stage: str, answer: str, result: Result) -> None:
    setattr(sink, stage, lambda address: answer)
    assert deliver(sink) is result


def test_a_refused_sender_is_policy_whatever_the_code(sink: Sink) -> None:
    sink.on_mail = lambda address: "550 5.1.1 no"
    assert deliver(sink) is Result.POLICY


@pytest.mark.parametrize(
    "recipient",
    [
        "a@b.c\r\nRCPT TO:<x@y.z>",
        "a@b.c>",
        "a b@c.d",
        "nobody",
        "a@b.c\n",
        "a@b@c.d",
        "a@b.c\x85",
        "a@b\udce4.c",
        "x" * 300 + "@b.c",
    ],
)
def test_an_address_that_could_speak_smtp_is_refused_unsent(sink: Sink, recipient: str) -> None:
    assert deliver(sink, recipient=recipient) is Result.REFUSED
    assert sink.taken == []


@pytest.mark.parametrize("payload", [b"a\n.\nMAIL FROM:<x@y.z>\r\n", b"a\r.\r\n", b"a\0\r\n"])
def test_bare_line_ends_cannot_smuggle_a_second_message(sink: Sink, payload: bytes) -> None:
    assert deliver(sink, payload=payload) is Result.REFUSED


def test_many_messages_share_the_connections_and_answer_in_order(sink: Sink) -> None:
    sink.on_rcpt = lambda address: "550 5.1.1 no" if address.startswith("u3@") else ""
    channel = EmailChannel(sink.url, 3)
    results = [
        outcome.result for outcome in channel.deliver([message(f"u{n}@example.org") for n in range(9)])
    ]
    channel.close()
    assert results == [Result.BAD_ADDRESS if n == 3 else Result.ACCEPTED for n in range(9)]


@pytest.mark.parametrize(
    "url",
    [
        "http://x",
        "smtp://",
        "smtp://user:pw@mail.example.org",
        "smtp://mail.example.org:x",
        "smtp://mail.example.org?timeout=soon",
    ],
)
def test_a_server_address_that_cannot_work_says_so(url: str) -> None:
    with pytest.raises(BadServer):
        Server.of(url)
