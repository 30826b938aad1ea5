"""Notifications of Amazon SNS: only those of our topic that Amazon signed are believed."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from rapport.channels.email.providers import sns
from rapport.channels.incoming import Answer, Call, Choice, Malformed, NotTheirs, Receipt, Reply
from rapport.channels.registry import ADAPTERS
from rapport.core.services import outbound

NOW = dt.datetime(2026, 11, 29, 16, tzinfo=dt.UTC)
REFERENCE = "0198a3c4-5b6d-7e8f-9012-3456789abcde"
TOPIC = "arn:aws:sns:eu-central-1:123456789012:ses-events"
CERTIFICATE = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
KEY = rsa.generate_private_key(65537, 2048)
FIELDS = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


def _certificate() -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key())
    built = (
        built.serial_number(1)
        .not_valid_before(NOW - dt.timedelta(days=9))
        .not_valid_after(NOW + dt.timedelta(days=9))
    )
    return built.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture
def requests(monkeypatch: Any) -> list[str]:
    """The addresses of Amazon that were read. It has one certificate, and confirms."""
    urls: list[str] = []

    def request(method: str, url: str, **options: Any) -> outbound.Answer:
        urls.append(url)
        return outbound.Answer(200, {}, PEM if url.endswith(".pem") else "<ConfirmSubscriptionResponse/>")

    monkeypatch.setattr(sns.outbound, "request", request)
    sns._keys.clear()
    return urls


PEM = _certificate()


def notification(message: Any, version: str = "2", *, sign: bool = True, **other: str) -> Call:
    envelope = {
        "Type": "Notification",
        "MessageId": "m1",
        "TopicArn": TOPIC,
        "Message": message if isinstance(message, str) else json.dumps(message),
        "Timestamp": "2026-11-29T15:59:00.000Z",
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE,
        **other,
    }
    names = [name for name in FIELDS if name in envelope]
    text = "".join(f"{name}\n{envelope[name]}\n" for name in names)
    mac = KEY.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256() if version == "2" else hashes.SHA1())
    envelope["Signature"] = base64.b64encode(mac if sign else b"x" * 256).decode()
    return Call(
        "POST",
        "https://shop.example/hooks/channels/t",
        {"content-type": "text/plain"},
        {},
        json.dumps(envelope).encode(),
        NOW,
    )


def receive(given: Call, topic: str = TOPIC) -> Answer:
    reader = ADAPTERS["ses"].receive
    assert reader is not None
    return reader(given, {"topic": topic})


def mail(**other: Any) -> dict[str, Any]:
    return {
        "messageId": "0107",
        "destination": ["a@b.example"],
        "tags": {"rapport_delivery": [REFERENCE]},
        **other,
    }


def bounce(kind: str, sub: str, status: str, words: str) -> dict[str, Any]:
    recipients = [{"emailAddress": "a@b.example", "status": status, "diagnosticCode": words}]
    return {
        "eventType": "Bounce",
        "mail": mail(),
        "bounce": {"bounceType": kind, "bounceSubType": sub, "bouncedRecipients": recipients},
    }


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (
            {
                "eventType": "Delivery",
                "mail": mail(),
                "delivery": {"recipients": ["a@b.example"], "smtpResponse": "250 ok"},
            },
            ("delivered", False),
        ),
        ({"eventType": "Open", "mail": mail(), "open": {}}, ("read", False)),
        ({"eventType": "Click", "mail": mail(), "click": {"link": "https://x.example"}}, ("clicked", False)),
        (bounce("Permanent", "General", "5.1.1", "smtp; 550 5.1.1 user unknown"), ("bounced", True)),
        (bounce("Permanent", "OnAccountSuppressionList", "", ""), ("bounced", True)),
        (
            bounce("Permanent", "General", "5.7.1", "smtp; 550 5.7.1 blocked, see spamhaus"),
            ("bounced", False),
        ),
        (bounce("Transient", "MailboxFull", "5.2.2", "smtp; 552 5.2.2 mailbox full"), ("bounced", False)),
        (
            {
                "eventType": "Complaint",
                "mail": mail(),
                "complaint": {"complainedRecipients": [{"emailAddress": "a@b.example"}]},
            },
            ("complained", False),
        ),
        (
            {"eventType": "Reject", "mail": mail(), "reject": {"reason": "Bad content: virus"}},
            ("bounced", False),
        ),
    ],
)
@pytest.mark.parametrize("version", ["1", "2"])
def test_events_of_ses(event: Any, expected: Any, version: str, requests: list[str]) -> None:
    answer = receive(notification(event, version))
    [receipt] = answer.incoming
    assert isinstance(receipt, Receipt)
    assert (receipt.kind.value, receipt.permanent) == expected
    assert (receipt.reference, receipt.provider_id, receipt.address) == (REFERENCE, "0107", "a@b.example")
    assert answer.once == "sns:m1"
    assert requests == [CERTIFICATE]


def test_a_person_who_left_by_ses_has_left(requests: list[str]) -> None:
    [choice] = receive(notification(bounce("Permanent", "UnsubscribedRecipient", "", ""))).incoming
    assert isinstance(choice, Choice)
    assert choice.wants is False


EVENT = bounce("Permanent", "General", "5.1.1", "550 5.1.1 user unknown")


@pytest.mark.parametrize(
    "given",
    [
        notification(EVENT, sign=False),
        notification(EVENT, TopicArn="arn:aws:sns:eu-central-1:666666666666:mine"),
        notification(
            EVENT, SigningCertURL="https://s3.amazonaws.com/b/SimpleNotificationService-0123456789abcdef.pem"
        ),
        notification(
            EVENT,
            SigningCertURL="https://sns.eu-central-1.amazonaws.com.evil.example/SimpleNotificationService-0.pem",
        ),
        notification(
            EVENT,
            SigningCertURL="https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
        ),
        notification(
            EVENT,
            SigningCertURL="https://sns.eu-central-1.amazonaws.com@evil.example/SimpleNotificationService-0.pem",
        ),
        notification(
            EVENT,
            SigningCertURL="http://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
        ),
        notification(
            EVENT, SigningCertURL="https://sns.eu-central-1.amazonaws.com:1/SimpleNotificationService-0.pem"
        ),
        notification(EVENT, SigningCertURL="https://["),
        notification(EVENT, Timestamp="2026-11-27T15:59:00.000Z"),
        notification(EVENT, Timestamp="2026-11-29T17:59:00.000Z"),
        notification(EVENT, "3"),
        Call("POST", "", {}, {}, json.dumps(EVENT).encode(), NOW),
    ],
)
def test_what_amazon_did_not_sign_for_our_topic_is_refused(given: Call, requests: list[str]) -> None:
    with pytest.raises(NotTheirs):
        receive(given)
    assert requests in ([], [CERTIFICATE])


def test_a_certificate_that_ended_is_refused(requests: list[str]) -> None:
    given = notification(EVENT, Timestamp="2026-12-29T15:59:00.000Z")
    late = Call("POST", given.url, given.headers, {}, given.body, NOW + dt.timedelta(days=30))
    with pytest.raises(NotTheirs):
        receive(late)


def test_a_subscription_is_confirmed_at_amazon_and_nowhere_else(requests: list[str]) -> None:
    evil = {
        "Type": "SubscriptionConfirmation",
        "Token": "t&x=1",
        "SubscribeURL": "http://169.254.169.254/latest",
    }
    assert receive(notification("You have chosen to subscribe", **evil)).incoming == ()
    expected = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn%3Aaws%3Asns%3Aeu-central-1%3A123456789012%3Ases-events&Token=t%26x%3D1"
    assert requests == [CERTIFICATE, expected]
    with pytest.raises(NotTheirs):
        receive(notification("…", **evil | {"TopicArn": "arn:aws:sns:eu-central-1:666666666666:mine"}))
    assert requests == [CERTIFICATE, expected]


def test_mail_that_ses_received_is_a_reply(requests: list[str]) -> None:
    raw = "From: Bea <bea@example.com>\r\nSubject: Re: Offer\r\nMessage-ID: <r@example.com>\r\n"
    raw += "In-Reply-To: <0107@eu-central-1.amazonses.com>\r\n\r\nYes\r\n"
    [reply] = receive(notification({"notificationType": "Received", "mail": mail(), "content": raw})).incoming
    assert isinstance(reply, Reply)
    assert (reply.address, reply.answers, reply.text.strip()) == ("bea@example.com", "0107", "Yes")


@pytest.mark.parametrize(
    "message",
    [
        "nonsense",
        "[]",
        {"eventType": "Bounce"},
        {"notificationType": "Received", "mail": {}},
        {"eventType": "Bounce", "mail": 3},
    ],
)
def test_what_cannot_be_read_is_malformed(message: Any, requests: list[str]) -> None:
    with pytest.raises(Malformed):
        receive(notification(message))


def test_the_note_of_ses_itself_says_nothing(requests: list[str]) -> None:
    assert (
        receive(notification("Successfully validated SNS topic for Amazon SES event publishing.")) == Answer()
    )
