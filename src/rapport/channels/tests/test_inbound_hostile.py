"""Mail that was made to break its reader: any bytes give an answer, in bounded work."""

from __future__ import annotations

import base64
import encodings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.channels.email.inbound import Kind, classify, mime_reader

HEAD = b"From: MAILER-DAEMON@x.example\nTo: us@shop.example\nSubject: Undeliverable\nReturn-Path: <>\n"
REPORT = b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"
GROUP = b"Final-Recipient: rfc822; u%d@x.example\nAction: failed\nStatus: 5.1.1\n\n"
FRAGMENTS = st.sampled_from(
    [
        HEAD,
        REPORT,
        GROUP % 7,
        b"\n\n",
        b"\r\n",
        b"--b\n",
        b"--b--",
        b"=?utf-8?b?",
        b"?=",
        b"\0",
        b"\xff\xfe",
        b"<a@b.c>: 550 5.1.1",
    ]
    + [
        b"Content-Type: text/plain; charset=punycode\n",
        b"Content-Type: text/html; charset=utf-7\n",
        b"charset=zip\n",
    ]
    + [
        b"Content-Transfer-Encoding: base64\n",
        b"Content-Transfer-Encoding: quoted-printable\n",
        b"Content-Type: message/rfc822\n",
    ]
    + [
        b"{" * 50,
        b'{"Message":"{}"}',
        b"Auto-Submitted: auto-replied\n",
        b"X-Failed-Recipients: a@b.cd\n",
        b"Feedback-Type: abuse\n",
    ]
    + [
        b"Content-Type: message/feedback-report\n\n",
        b"<script>",
        b"&#x110000;",
        b"----- Original message -----\n",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=2_000))
def test_any_bytes_give_an_answer(raw):
    assert classify(raw).kind in Kind


@settings(max_examples=500, deadline=None)
@given(st.lists(FRAGMENTS | st.binary(max_size=40), max_size=30).map(b"".join))
def test_any_arrangement_of_what_reports_are_made_of_gives_an_answer(raw):
    reading = classify(raw)
    assert all(isinstance(recipient.address, str) for recipient in reading.recipients)


def nested(depth: int) -> bytes:
    return HEAD + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(depth)
    )


# Written when its test runs: together they are 150 MB, which every process would keep from collecting to its end.
HUGE = {
    "nested": lambda: nested(20_000),
    "50 MB": lambda: HEAD + b"\n" + b"user unknown a@b.example " * 2_000_000,
    "base64": lambda: (
        HEAD + b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(b"\0" * 30_000_000)
    ),
    "recipients": lambda: HEAD + REPORT + b"".join(GROUP % number for number in range(5_000)),
    "scripts": lambda: HEAD + b"Content-Type: text/html\n\n" + b"<script>" * 60_000,
    "dashes": lambda: HEAD + b"\n" + (b"-" * 400 + b"\n") * 5_000,
    "headers": lambda: b"X: y\n" * 400_000,
    "words": lambda: b"Subject: " + b"=?utf-8?q?a?= " * 100_000,
    "boundaries": lambda: b"Content-Type: multipart/mixed; boundary=-\n\n" + b"---\n" * 400_000,
    "json": lambda: b"Content-Type: text/plain\n\n" + b'{"a":' * 100_000,
}


@pytest.mark.parametrize("name", HUGE)
def test_what_is_huge_is_read_only_as_far_as_reports_go(name):
    raw = HUGE[name]()
    mail = mime_reader.read(raw)
    assert sum(len(part.body) for part in mail.leaves) <= mime_reader.LIMIT
    assert len(mail.leaves) <= mime_reader.MAX_PARTS
    assert len(mail.headers.fields) <= mime_reader.MAX_HEADERS
    assert len(classify(raw).recipients) <= 500


def test_a_wrong_charset_and_nuls_leave_text_that_can_be_stored():
    raw = HEAD + b"Content-Type: text/plain; charset=x-none\n\n<a@b.example>:\0 550 5.1.1 user unknown \xff\n"
    (recipient,) = classify(raw).recipients
    assert (recipient.address, recipient.reason) == ("a@b.example", "user_unknown")
    assert "\0" not in recipient.detail


def test_a_header_cannot_be_smuggled_in_by_an_encoded_word():
    fields = mime_reader.headers(
        b"Subject: =?utf-8?q?x=0AAuto-Submitted:_auto-replied?=\nFrom: a@b.example"
    ).fields
    assert [name for name, _value in fields] == ["subject", "from"]


def test_names_of_charsets_that_nobody_has_are_not_looked_for_and_not_kept():
    raw = HEAD + b"Subject: =?x-mail-1?q?Gr=C3=BC=C3=9Fe?= =?koi8-u?b?8NLJ18XU?=\n\n"
    before = set(encodings._cache) - {"koi8_u"}
    assert mime_reader.read(raw).headers.all("subject")[1] == "GrüßeПривет"
    assert set(encodings._cache) - {"koi8_u"} == before


def test_a_number_of_a_character_without_end_is_none():
    raw = HEAD + b"Content-Type: text/html\n\na&#" + b"9" * 5_000 + b";&#x41;&#0066;"
    assert mime_reader.read(raw).leaves[0].text == "a\ufffdAB"
    assert classify(raw).kind in Kind
