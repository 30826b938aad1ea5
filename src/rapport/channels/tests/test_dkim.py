"""Our signatures, verified by somebody else's library, over whatever messages we make."""

from __future__ import annotations

import base64
import datetime as dt

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.channels.email.dkim import Signer, relaxed_body
from rapport.channels.email.mime import HeaderInjection, Skeleton
from rapport.channels.protocol import Content, Sender

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
KEY = rsa.generate_private_key(65537, 2048)
PUBLIC = base64.b64encode(
    KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()
SENDER = Sender("Müller & Co.", "shop@example.org", "answers@example.org", "news", "1:news:campaign:rapport")
SKELETON = Skeleton(SENDER, Signer("example.org", "r1", KEY))
URL = "https://crm.example.org/e/u/" + "a" * 120
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)
BODIES = TEXTS | st.sampled_from(["", " ", "\n", "\n\n\n", "a\n\n \n\t\n", "x  \t y \n", ".\n..\n", "\t"])


def dns(name: bytes, timeout: float = 5) -> bytes | None:
    assert name == b"r1._domainkey.example.org."
    return f"v=DKIM1; k=rsa; p={PUBLIC}".encode()


def build(
    subject: str = "Hi", html: str = "<p>Hi</p>", text: str = "Hi", name: str = "Ada", leave: str = URL
) -> bytes:
    content = Content(
        "1",
        name,
        "ada@example.org",
        subject,
        html,
        text,
        NOW,
        leave,
        f"mailto:a@example.org?subject=unsubscribe%20{leave[-9:]}",
    )
    return SKELETON.message(content).payload


@given(subject=TEXTS, html=BODIES, text=BODIES, name=TEXTS, leave=st.sampled_from(["", URL]))
@settings(max_examples=400, deadline=None)
def test_every_message_verifies(subject: str, html: str, text: str, name: str, leave: str) -> None:
    try:
        raw = build(subject, html, text, name, leave)
    except HeaderInjection:
        return
    assert dkim.verify(raw, dnsfunc=dns)


@given(pieces=st.lists(st.sampled_from([b" ", b"\t", b"\r\n", b"x", b"y z", b".", b"  "]), max_size=30))
@settings(max_examples=1_000, deadline=None)
def test_the_body_is_canonical_as_others_understand_it(pieces: list[bytes]) -> None:
    body = b"".join(pieces) + b"\r\n"
    expected = dkim.CanonicalizationPolicy.from_c_value(b"relaxed/relaxed").canonicalize_body(body)
    assert relaxed_body(body) == expected


def test_both_unsubscribe_headers_and_the_identity_are_covered() -> None:
    raw = build()
    signed = raw.split(b" h=")[1].split(b";")[0].replace(b"\r\n ", b"").replace(b" ", b"").split(b":")
    assert {b"list-unsubscribe", b"list-unsubscribe-post", b"message-id", b"date", b"mime-version"} <= {
        *signed
    }
    assert {b"content-type", b"list-id", b"feedback-id"} <= {*signed}
    assert [signed.count(name) for name in (b"from", b"to", b"subject", b"reply-to")] == [2, 2, 2, 2]


@pytest.mark.parametrize(
    "change",
    [
        (b"Subject: Hi", b"Subject: Hello"),
        (b"=One-Click", b"=Two-Clicks"),
        (b"aaa>", b"aab>"),
        (b"<p>Hi</p>", b"<p>Ho</p>"),
        (b"MIME-Version:", b"From: x@y.z\r\nMIME-Version:"),
        (b"MIME-Version:", b"Reply-To: x@y.z\r\nMIME-Version:"),
    ],
)
def test_what_is_changed_on_the_way_does_not_verify(change: tuple[bytes, bytes]) -> None:
    assert dkim.verify(build(), dnsfunc=dns)
    assert not dkim.verify(build().replace(*change), dnsfunc=dns)


def test_lines_of_the_signature_are_short() -> None:
    raw = build()
    assert max(map(len, raw[: raw.index(b"Message-ID:")].split(b"\r\n"))) <= 78
