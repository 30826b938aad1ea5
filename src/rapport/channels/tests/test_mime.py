"""The bytes of an email, read back with the standard library."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.channels.email.mime import HeaderInjection, Skeleton, encoded
from rapport.channels.protocol import Content, Sender

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
SKELETON = Skeleton(Sender("Müller & Co.", "shop@example.org", stream="news"))
URL = "https://crm.example.org/e/u/" + "a" * 120


def build(**values: object) -> bytes:
    usual = {
        "reference": "1",
        "name": "Ada",
        "address": "ada@example.org",
        "subject": "Hi",
        "html": "<p>Hi</p>",
        "text": "Hi",
        "at": NOW,
        "unsubscribe_url": URL,
    }
    return SKELETON.message(Content(**(usual | values))).payload


def read(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.default)


def test_both_parts_and_every_header_survive() -> None:
    mail = read(build(subject="Grüße", name="Žofie"))
    assert mail["subject"] == "Grüße"
    assert mail["to"] == "Žofie <ada@example.org>"
    assert mail["list-id"] == "<news.example.org>"
    assert str(mail["from"]) == '"Müller & Co." <shop@example.org>'
    assert mail.get_body(("html",)).get_content().strip() == "<p>Hi</p>"


def test_one_click_headers_stand_unfolded_and_unencoded() -> None:
    lines = build().split(b"\r\n")
    assert f"List-Unsubscribe: <{URL}>".encode() in lines
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines


@pytest.mark.parametrize("field", ["name", "address", "subject", "reference"])
@pytest.mark.parametrize("evil", ["a\r\nBcc: x@y.z", "a\nb", "a\rb", "a\0b"])
def test_no_header_takes_a_line_end(field: str, evil: str) -> None:
    with pytest.raises(HeaderInjection):
        build(**{field: evil})


@given(st.text(max_size=300), st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_text_comes_out_as_it_went_in_with_crlf_only(html: str, text: str) -> None:
    html, text = (part.encode("utf-8", "replace").decode().replace("\0", "") for part in (html, text))
    raw = build(html=html, text=text)
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    lines = html.replace("\r\n", "\n").replace("\r", "\n")
    payload = read(raw).get_body(("html",)).get_payload(decode=True).decode()
    assert payload.replace("\r\n", "\n").rstrip("\n") == lines.rstrip("\n")


@pytest.mark.parametrize(
    "subject",
    ["🎉" * 200, "x" * 2_000, "Straßenbahn " * 40, "=?utf-8?q?http=3A//evil.example?=", "👨‍👩‍👧 é" * 30],
)
def test_a_subject_arrives_as_it_was_written_in_lines_that_mail_may_have(subject: str) -> None:
    raw = build(subject=subject.strip())
    lines = raw[raw.index(b"Subject:") : raw.index(b"\r\nList-Unsubscribe:")].split(b"\r\n")
    assert max(map(len, lines)) <= 76
    assert read(raw)["Subject"] == subject.strip()


@pytest.mark.parametrize(
    "name",
    ["=?utf-8?q?http=3A//evil.example?=", 'A, "B" =?utf-8?q?x?=', "Müller, Jürgen", 'O\'Brien, "Bob" \\'],
)
def test_a_name_that_looks_encoded_stays_what_it_is(name: str) -> None:
    (to,) = read(build(name=name))["To"].addresses
    assert (to.display_name, to.addr_spec) == (name, "ada@example.org")


def test_no_header_turns_text_around():
    assert encoded("\u202eInvoice\u202c 7") == "Invoice 7"
