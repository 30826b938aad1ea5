"""Against a real Postfix: what it takes arrives signed and whole, and what it refuses is understood."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator

import dkim
import pytest

from rapport.channels.email.mime import Skeleton
from rapport.channels.email.transport import EmailChannel
from rapport.channels.protocol import Content, Message, Result
from rapport.channels.tests.postfix import Postfix
from rapport.channels.tests.test_dkim import SENDER, SKELETON, dns

NOW = dt.datetime(2026, 11, 29, 12, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def postfix() -> Iterator[Postfix]:
    server = Postfix()
    yield server.start()
    server.stop()


def message(address: str, number: int = 0, skeleton: Skeleton = SKELETON) -> Message:
    text = "\n".join([".", "..", "From here", "  two  spaces \t", ""] * (number + 1))
    content = Content(f"ref-{number}", "Ada", address, f"Grüße {number}", f"<pre>{text}</pre>", text, NOW)
    return skeleton.message(content)


def test_what_is_taken_arrives_once_signed_and_whole(postfix: Postfix) -> None:
    channel = EmailChannel(postfix.url + "&messages=7", 3)
    messages = [message(f"u{n % 10}@customers.example", n) for n in range(40)]
    outcomes = channel.deliver(messages)
    channel.close()
    assert {outcome.result for outcome in outcomes} == {Result.ACCEPTED}, outcomes
    assert all("queued as" in outcome.provider_id for outcome in outcomes)
    mails = postfix.mails(40)
    references = Counter(re.search(rb"Message-ID: <(ref-\d+)@", mail)[1] for mail in mails)
    assert (len(references), set(references.values())) == (40, {1})
    for mail in mails:
        assert dkim.verify(mail[mail.index(b"DKIM-Signature:") :].replace(b"\n", b"\r\n"), dnsfunc=dns)


@pytest.mark.parametrize(
    ("address", "result", "code"),
    [
        ("nobody@customers.example", Result.BAD_ADDRESS, "550 5.1.1"),
        ("ada@elsewhere.example", Result.POLICY, "554 5.7.1"),
        ("later@customers.example", Result.RETRY, "451 4.7.1"),
    ],
)
def test_what_is_refused_is_understood_and_harms_nobody_else(
    postfix: Postfix, address: str, result: Result, code: str
) -> None:
    channel = EmailChannel(postfix.url, 1)
    before, refused, after = channel.deliver(
        [message(name) for name in ("u1@customers.example", address, "u2@customers.example")]
    )
    channel.close()
    assert (before.result, after.result) == (Result.ACCEPTED, Result.ACCEPTED)
    assert (refused.result, refused.code) == (result, code)


def test_an_address_with_other_letters_gets_its_mail(postfix: Postfix) -> None:
    channel = EmailChannel(postfix.url, 1)
    (outcome,) = channel.deliver([message("jürgen@customers.example", 99)])
    channel.close()
    assert outcome.result is Result.ACCEPTED
    assert any(b"ref-99@" in mail for mail in postfix.mails(1, "jürgen"))


def test_what_is_too_large_is_not_even_offered(postfix: Postfix) -> None:
    channel = EmailChannel(postfix.url, 1)
    large = Message(SENDER.address, "u1@customers.example", b"Subject: x\r\n\r\n" + b"line\r\n" * 20_000)
    (outcome,) = channel.deliver([large])
    channel.close()
    assert (outcome.result, "100000 bytes" in outcome.detail) == (Result.REFUSED, True)
