"""Mails about deliveries, as servers and persons write them."""

from __future__ import annotations

from rapport.messaging.models import Delivery

DAEMON = {
    "From": "Mail Delivery System <MAILER-DAEMON@mx.example.org>",
    "Subject": "Undelivered Mail",
    "Content_Type": 'multipart/report; report-type=delivery-status; boundary="b"',
}


def mail(body: str, **headers: str) -> bytes:
    lines = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
    return f"{lines}\n{body}".replace("\n", "\r\n").encode()


def bounce(
    delivery: Delivery,
    answer: str = "550 5.1.1 user unknown",
    *,
    action: str = "failed",
    address: str = "",
    message_id: str = "",
) -> bytes:
    """A delivery status notification (RFC 3464)."""
    status = next((word for word in answer.split() if word.count(".") == 2), "5.0.0")
    body = f"""--b
Content-Type: text/plain

Your message could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; {address or delivery.address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {answer}

--b
Content-Type: text/rfc822-headers

Message-ID: <{message_id or delivery.pk}@shop.example>
Subject: News

--b--
"""
    own = f"<dsn-{delivery.pk}-{answer[:9]}@mx.example.org>"
    return mail(body, Message_ID=own, **DAEMON)


def complaint(delivery: Delivery, *, kind: str = "abuse") -> bytes:
    """A feedback report (RFC 5965) that hides who complained, as most do."""
    body = f"""--b
Content-Type: text/plain

This is an email abuse report.
--b
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: Some-FBL/1.0
Version: 1

--b
Content-Type: message/rfc822

Message-ID: <{delivery.pk}@shop.example>
Subject: News
To: redacted

--b--
"""
    return mail(
        body,
        From="fbl@provider.example",
        Subject="complaint",
        Message_ID=f"<fbl-{kind}-{delivery.pk}@provider.example>",
        Content_Type='multipart/report; report-type=feedback-report; boundary="b"',
    )


def reply(delivery: Delivery, text: str = "When do you open?", **headers: str) -> bytes:
    given = {
        "From": f"Ada <{delivery.address}>",
        "Subject": "Re: News",
        "Message_ID": f"<reply-{delivery.pk}@home.example>",
        "In_Reply_To": f"<{delivery.pk}@shop.example>",
    }
    return mail(text, **(given | headers))
