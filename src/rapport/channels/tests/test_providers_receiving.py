"""Calls of email providers: whose they are, and what they mean. Bodies as the providers document them."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from rapport.channels.incoming import (
    About,
    Answer,
    Call,
    Choice,
    Malformed,
    NotTheirs,
    Receipt,
    ReceiptKind,
    Reply,
)
from rapport.channels.registry import ADAPTERS

NOW = dt.datetime(2026, 11, 29, 16, tzinfo=dt.UTC)
EPOCH = int(NOW.timestamp())
REFERENCE = "0198a3c4-5b6d-7e8f-9012-3456789abcde"


def call(body: Any, headers: dict[str, str] | None = None, kind: str = "application/json") -> Call:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Call(
        "POST",
        "https://shop.example/hooks/channels/t",
        {"content-type": kind, **(headers or {})},
        {},
        raw,
        NOW,
    )


def receive(key: str, settings: dict[str, Any], given: Call) -> Answer:
    reader = ADAPTERS[key].receive
    assert reader is not None
    return reader(given, settings)


# Mailgun: HMAC over time and token


def _mailgun(data: dict[str, Any], *, key: str = "signing", stamp: int = EPOCH, token: str = "t0") -> Call:
    mac = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    base = {
        "id": "e1",
        "timestamp": stamp - 1,
        "recipient": "alice@example.com",
        "user-variables": {"rapport_delivery": REFERENCE},
    }
    base |= {"message": {"headers": {"message-id": "2026.1@mg.shop.example"}}}
    return call(
        {"signature": {"timestamp": str(stamp), "token": token, "signature": mac}, "event-data": base | data}
    )


MAILGUN = {"signing_key": "signing"}


def test_mailgun_delivered_opened_and_clicked() -> None:
    for event, kind in [("delivered", "delivered"), ("opened", "read"), ("clicked", "clicked")]:
        data = {"event": event, "url": "https://shop.example/x"}
        [receipt] = receive("mailgun", MAILGUN, _mailgun(data)).incoming
        assert isinstance(receipt, Receipt)
        assert (receipt.kind.value, receipt.reference, receipt.address) == (
            kind,
            REFERENCE,
            "alice@example.com",
        )
        assert receipt.at <= NOW


@pytest.mark.parametrize(
    ("status", "reason", "severity", "expected"),
    [
        (
            {"code": 550, "enhanced-code": "5.1.1", "message": "5.1.1 user unknown"},
            "bounce",
            "permanent",
            (True, "recipient"),
        ),
        (
            {"code": 605, "description": "Not delivering to previously bounced address"},
            "suppress-bounce",
            "permanent",
            (True, "recipient"),
        ),
        (
            {"code": 550, "message": "5.7.1 blocked using zen.spamhaus.org"},
            "bounce",
            "permanent",
            (False, "sender"),
        ),
        ({"code": 552, "message": "5.2.2 mailbox full"}, "bounce", "permanent", (False, "recipient")),
        ({"code": 554, "message": "message rejected as spam"}, "bounce", "permanent", (False, "content")),
    ],
)
def test_only_a_dead_address_is_permanent(status: Any, reason: str, severity: str, expected: Any) -> None:
    given = _mailgun({"event": "failed", "severity": severity, "reason": reason, "delivery-status": status})
    [receipt] = receive("mailgun", MAILGUN, given).incoming
    assert isinstance(receipt, Receipt)
    assert (receipt.permanent, receipt.about.value) == expected, receipt


def test_a_temporary_failure_says_nothing_yet() -> None:
    given = _mailgun({"event": "failed", "severity": "temporary", "delivery-status": {"code": 451}})
    assert receive("mailgun", MAILGUN, given).incoming == ()


def test_mailgun_complaint_and_unsubscription() -> None:
    [complaint] = receive("mailgun", MAILGUN, _mailgun({"event": "complained"})).incoming
    assert isinstance(complaint, Receipt)
    assert complaint.kind is ReceiptKind.COMPLAINED
    [choice] = receive("mailgun", MAILGUN, _mailgun({"event": "unsubscribed"})).incoming
    assert isinstance(choice, Choice)
    assert (choice.address, choice.wants) == ("alice@example.com", False)


def test_a_mailgun_token_counts_once_whatever_body_it_comes_with() -> None:
    names = {
        receive("mailgun", MAILGUN, _mailgun({"event": event}, token="t7")).once
        for event in ("delivered", "complained")
    }
    assert names == {"mailgun:t7"}


@pytest.mark.parametrize(
    "given",
    [
        _mailgun({"event": "complained"}, key="guessed"),
        _mailgun({"event": "complained"}, stamp=EPOCH - 27 * 3600),
        _mailgun({"event": "complained"}, stamp=EPOCH + 3600),
        call({"event-data": {"event": "complained"}}),
        call({"signature": {"timestamp": "1", "token": "ü", "signature": "x"}}),
        call(b"{"),
        call(b"[" * 100_000),
        call(b"event=complained&recipient=a%40b.example", kind="application/x-www-form-urlencoded"),
    ],
)
def test_what_mailgun_did_not_sign_is_refused(given: Call) -> None:
    with pytest.raises(NotTheirs):
        receive("mailgun", MAILGUN, given)


def test_without_a_key_nothing_is_believed() -> None:
    with pytest.raises(NotTheirs):
        receive("mailgun", {}, _mailgun({"event": "delivered"}, key=""))


def test_mail_to_mailgun_is_a_reply() -> None:
    stamp, token = str(EPOCH), "t1"
    mac = hmac.new(b"signing", f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    headers = [
        ["From", "Alice <alice@example.com>"],
        ["Subject", "Re: Offer"],
        ["Message-Id", "<r1@example.com>"],
    ]
    headers += [["In-Reply-To", f"<{REFERENCE}@shop.example>"], ["Date", "Sun, 29 Nov 2026 15:00:00 +0000"]]
    fields = {"timestamp": stamp, "token": token, "signature": mac, "message-headers": json.dumps(headers)}
    fields |= {
        "recipient": "hello@shop.example",
        "sender": "alice@example.com",
        "body-plain": "Yes please\n> quoted",
        "stripped-text": "Yes please",
    }
    from urllib.parse import urlencode

    given = call(urlencode(fields).encode(), kind="application/x-www-form-urlencoded")
    [reply] = receive("mailgun", MAILGUN, given).incoming
    assert isinstance(reply, Reply)
    assert (reply.address, reply.name, reply.text, reply.answers) == (
        "alice@example.com",
        "Alice",
        "Yes please",
        REFERENCE,
    )


# SendGrid: ECDSA over time and the very bytes

KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC = base64.b64encode(
    KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
).decode()
SENDGRID = {"verification_key": PUBLIC}


def _sendgrid(rows: list[dict[str, Any]], *, stamp: int = EPOCH, spoil: bytes = b"") -> Call:
    base = {
        "email": "alice@example.com",
        "timestamp": EPOCH - 5,
        "sg_event_id": "e",
        "rapport_delivery": REFERENCE,
        "anymail_id": "a1",
    }
    body = ("[" + ",\r\n".join(json.dumps(base | row) for row in rows) + "]\r\n").encode()
    mac = KEY.sign(str(stamp).encode() + body, ec.ECDSA(hashes.SHA256()))
    headers = {
        "x-twilio-email-event-webhook-signature": base64.b64encode(mac).decode(),
        "x-twilio-email-event-webhook-timestamp": str(stamp),
    }
    return call(body + spoil, headers)


def test_sendgrid_batches_are_read_whole() -> None:
    rows = [
        {"event": "delivered", "response": "250 OK"},
        {"event": "open", "sg_machine_open": True},
        {"event": "click", "url": "https://shop.example/y"},
        {
            "event": "bounce",
            "type": "bounce",
            "status": "5.1.1",
            "reason": "550 5.1.1 The email account does not exist",
        },
        {"event": "bounce", "type": "blocked", "status": "5.7.1", "reason": "554 5.7.1 blocked by policy"},
        {"event": "dropped", "reason": "Bounced Address"},
        {"event": "spamreport"},
        {"event": "unsubscribe"},
        {"event": "deferred", "response": "451 later"},
        {"event": "processed"},
    ]
    answer = receive("sendgrid", SENDGRID, _sendgrid(rows))
    kinds = [
        entry.kind.value if isinstance(entry, Receipt) else type(entry).__name__ for entry in answer.incoming
    ]
    assert kinds == ["delivered", "read", "clicked", "bounced", "bounced", "bounced", "complained", "Choice"]
    receipts = [entry for entry in answer.incoming if isinstance(entry, Receipt)]
    assert {entry.reference for entry in receipts} == {REFERENCE}
    assert [entry.permanent for entry in receipts[3:6]] == [True, False, True]
    assert (receipts[1].reason, receipts[4].about) == ("machine", About.SENDER)
    assert answer.once.startswith("sendgrid:")


def test_sendgrid_signs_the_bytes() -> None:
    rows = [{"event": "spamreport"}, {"event": "delivered"}]
    for given in (
        _sendgrid(rows, spoil=b" "),
        _sendgrid(rows, stamp=EPOCH - 100_000),
        call(json.loads(_sendgrid(rows).body), dict(_sendgrid(rows).headers)),
        call(_sendgrid(rows).body),
    ):
        with pytest.raises(NotTheirs):
            receive("sendgrid", SENDGRID, given)
    with pytest.raises(NotTheirs):
        receive("sendgrid", {"verification_key": base64.b64encode(b"no key").decode()}, _sendgrid(rows))


# Postmark and Brevo: not signed; the address is secret, and a password may be asked


def test_postmark_events() -> None:
    base = {
        "MessageID": "b7bc2f4a",
        "Recipient": "john@example.com",
        "Metadata": {"rapport_delivery": REFERENCE},
    }
    bounce = base | {
        "RecordType": "Bounce",
        "Email": "john@example.com",
        "BouncedAt": "2026-11-29T15:59:00Z",
        "ID": 42,
    }
    cases: list[tuple[dict[str, Any], tuple[Any, ...]]] = [
        (base | {"RecordType": "Delivery", "DeliveredAt": "2026-11-29T15:59:00Z"}, ("delivered", False)),
        (base | {"RecordType": "Open", "ReceivedAt": "2026-11-29T15:59:00Z"}, ("read", False)),
        (bounce | {"Type": "HardBounce", "Details": "smtp;550 5.1.1 No such user here"}, ("bounced", True)),
        (
            bounce | {"Type": "HardBounce", "Details": "smtp;550 5.7.1 Message rejected due to spam content"},
            ("bounced", False),
        ),
        (bounce | {"Type": "SoftBounce", "Details": "smtp;452 4.2.2 mailbox full"}, ("bounced", False)),
        (bounce | {"RecordType": "SpamComplaint", "Type": "SpamComplaint"}, ("complained", False)),
    ]
    for body, expected in cases:
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
    assert reply.attachments == (("application/pdf", "a.pdf"),)


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
