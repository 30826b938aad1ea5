"""Calls of Postmark and Brevo, which only a secret proves. Bodies as the providers document them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from rapport.channels.incoming import Choice, Enclosed, Malformed, NotTheirs, Receipt, Reply
from rapport.channels.tests.provider_calls import EPOCH, REFERENCE, call, receive

# Postmark and Brevo: not signed; the address is secret, and a password may be needed


POSTMARK = {
    "MessageID": "b7bc2f4a",
    "Recipient": "john@example.com",
    "Metadata": {"rapport_delivery": REFERENCE},
}
BOUNCE = POSTMARK | {
    "RecordType": "Bounce",
    "Email": "john@example.com",
    "BouncedAt": "2026-11-29T15:59:00Z",
    "ID": 42,
}
POSTMARK_CASES: list[tuple[dict[str, Any], tuple[Any, ...]]] = [
    (POSTMARK | {"RecordType": "Delivery", "DeliveredAt": "2026-11-29T15:59:00Z"}, ("delivered", False)),
    (POSTMARK | {"RecordType": "Open", "ReceivedAt": "2026-11-29T15:59:00Z"}, ("read", False)),
    (BOUNCE | {"Type": "HardBounce", "Details": "smtp;550 5.1.1 No such user here"}, ("bounced", True)),
    (
        BOUNCE | {"Type": "HardBounce", "Details": "smtp;550 5.7.1 Message rejected due to spam content"},
        ("bounced", False),
    ),
    (BOUNCE | {"Type": "SoftBounce", "Details": "smtp;452 4.2.2 mailbox full"}, ("bounced", False)),
    (BOUNCE | {"RecordType": "SpamComplaint", "Type": "SpamComplaint"}, ("complained", False)),
]


def test_postmark_events() -> None:
    for body, expected in POSTMARK_CASES:
        [receipt] = receive("postmark", {}, call(body)).incoming
        assert isinstance(receipt, Receipt)
        assert (receipt.kind.value, receipt.permanent, receipt.reference) == (*expected, REFERENCE)


def test_only_what_a_person_chose_is_a_choice() -> None:
    body = {
        "RecordType": "SubscriptionChange",
        "MessageID": "b7",
        "Recipient": "john@example.com",
        "SuppressSending": True,
    }
    body |= {"ChangedAt": "2026-11-29T15:59:00Z", "SuppressionReason": "ManualSuppression"}
    [choice] = receive("postmark", {}, call(body | {"Origin": "Recipient"})).incoming
    assert isinstance(choice, Choice)
    assert choice.wants is False
    assert receive("postmark", {}, call(body | {"Origin": "Customer"})).incoming == ()
    again = body | {"Origin": "Recipient", "SuppressSending": False}
    assert receive("postmark", {}, call(again)).incoming == ()


def test_an_account_may_ask_its_provider_for_a_password() -> None:
    settings = {"call_password": "hook:secret"}
    body = {
        "RecordType": "Delivery",
        "MessageID": "b7",
        "Recipient": "a@b.example",
        "DeliveredAt": "2026-11-29T15:59:00Z",
    }
    right = "Basic " + base64.b64encode(b"hook:secret").decode()
    assert receive("postmark", settings, call(body, {"authorization": right})).incoming
    for wrong in ("", "Basic aGFjaw==", "Basic !", "Bearer hook"):
        with pytest.raises(NotTheirs):
            receive("postmark", settings, call(body, {"authorization": wrong}))


def test_brevo_events() -> None:
    base = {"email": "a@b.example", "ts_epoch": EPOCH * 1000 - 5, "message-id": "<1@smtp-relay.mailin.fr>"}
    base |= {"X-Mailin-custom": json.dumps({"rapport_delivery": REFERENCE})}
    for event, kind, permanent in [
        ("delivered", "delivered", False),
        ("unique_proxy_open", "read", False),
        ("hard_bounce", "bounced", True),
        ("soft_bounce", "bounced", False),
        ("spam", "complained", False),
        ("blocked", "bounced", False),
    ]:
        [receipt] = receive("brevo", {}, call(base | {"event": event, "reason": "bounced"})).incoming
        assert isinstance(receipt, Receipt)
        assert (receipt.kind.value, receipt.permanent, receipt.reference) == (kind, permanent, REFERENCE)


@pytest.mark.parametrize("key", ["postmark", "brevo"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"1",
        b'"x"',
        b"null",
        b'{"RecordType": "Bounce", "BouncedAt": 7}',
        b"\xff",
        b'{"items": 3}',
    ],
)
def test_nonsense_is_malformed_and_breaks_nothing(key: str, body: bytes) -> None:
    try:
        answer = receive(key, {}, call(body))
    except Malformed:
        return
    assert all(isinstance(entry, Receipt) for entry in answer.incoming)


def test_brevo_mail_is_a_reply_and_fetches_nothing() -> None:
    item = {
        "Uuid": ["u1"],
        "MessageId": "<r2@example.com>",
        "Headers": {
            "From": "Bea <bea@example.com>",
            "Subject": "Re: Offer",
            "Message-ID": "<r2@example.com>",
            "References": f"<x@y> <{REFERENCE}@shop.example>",
        },
        "RawTextBody": "Hello\n> quoted",
        "ExtractedMarkdownMessage": "Hello",
        "Attachments": [{"Name": "a.pdf", "ContentType": "application/pdf", "DownloadToken": "secret"}],
    }
    [reply] = receive("brevo", {}, call({"items": [item]})).incoming
    assert isinstance(reply, Reply)
    assert (reply.provider_id, reply.text, reply.answers) == ("<r2@example.com>", "Hello", REFERENCE)
    assert reply.attachments == (Enclosed("application/pdf", "a.pdf"),)


def test_an_automatic_answer_is_no_reply() -> None:
    headers = [{"Name": "Auto-Submitted", "Value": "auto-replied"}, {"Name": "Message-ID", "Value": "<a@b>"}]
    body = {
        "FromFull": {"Email": "a@b.example", "Name": ""},
        "Subject": "Out of office",
        "Headers": headers,
        "TextBody": "Back on Monday",
        "MessageID": "p1",
    }
    assert receive("postmark", {}, call(body)).incoming == ()
