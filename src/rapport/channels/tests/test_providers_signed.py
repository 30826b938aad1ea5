"""Calls of Mailgun and SendGrid, which prove themselves. Bodies as the providers document them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from rapport.channels.incoming import About, Call, Choice, NotTheirs, Receipt, ReceiptKind, Reply
from rapport.channels.tests.provider_calls import EPOCH, NOW, REFERENCE, call, receive

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


def _mail_to_mailgun() -> Call:
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
    return call(urlencode(fields).encode(), kind="application/x-www-form-urlencoded")


def test_mail_to_mailgun_is_a_reply() -> None:
    [reply] = receive("mailgun", MAILGUN, _mail_to_mailgun()).incoming
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


SENDGRID_ROWS = [
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


def test_sendgrid_batches_are_read_whole() -> None:
    answer = receive("sendgrid", SENDGRID, _sendgrid(SENDGRID_ROWS))
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
