"""Amazon SES's notices, which come as JSON in a mail when its topic (SNS) is subscribed to by email."""

from __future__ import annotations

import json
from typing import Any

from rapport.channels.email.inbound.reasons import Evidence
from rapport.channels.email.inbound.report import code_in, status_in

MAX_RECIPIENTS = 500
Notice = tuple[str, list[tuple[str, Evidence]], str]


def notice(text: str) -> Notice | None:
    """(bounce | complaint | delivery, recipients, Message-ID), if the text is such a notice."""
    body = _object(text.strip().partition("\n--\n")[0])
    if isinstance(body.get("Message"), str):
        body = _object(body["Message"])
    kind = str(body.get("notificationType") or body.get("eventType") or "").lower()
    detail = body.get(kind)
    if kind not in {"bounce", "complaint", "delivery"} or not isinstance(detail, dict):
        return None
    listed = detail.get(
        {"bounce": "bouncedRecipients", "complaint": "complainedRecipients"}.get(kind, "recipients")
    )
    recipients = (
        [_recipient(entry, detail, kind) for entry in listed[:MAX_RECIPIENTS]]
        if isinstance(listed, list)
        else []
    )
    mail = body.get("mail")
    return (
        kind,
        [entry for entry in recipients if entry[0]],
        str(mail.get("messageId", "")) if isinstance(mail, dict) else "",
    )


def _object(text: str) -> dict[str, Any]:
    if not text.startswith("{"):
        return {}
    try:
        value = json.loads(text.replace("\r", "").replace("\n", ""), strict=False)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _recipient(entry: object, detail: dict[str, Any], kind: str) -> tuple[str, Evidence]:
    fields = entry if isinstance(entry, dict) else {"emailAddress": entry}
    words = str(fields.get("diagnosticCode") or detail.get("smtpResponse") or "")[:2_000]
    action = "delivered" if kind == "delivery" else str(fields.get("action", ""))
    status = status_in(str(fields.get("status") or words))
    if not words and not status:
        words = _subtype(detail)
    return str(fields.get("emailAddress") or "")[:320], Evidence(status, code_in(words), words, "", action)


def _subtype(detail: dict[str, Any]) -> str:
    if detail.get("bounceSubType") == "NoEmail":
        return "user unknown"
    return "mailbox full" if detail.get("bounceSubType") == "MailboxFull" else ""
