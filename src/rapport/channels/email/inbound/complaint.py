"""Complaints: the Abuse Reporting Format (RFC 5965), and Microsoft's older way to forward a mail."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapport.channels.email.inbound import mime_reader
from rapport.channels.email.inbound.addresses import address_in
from rapport.channels.email.inbound.mime_reader import Headers, Mail

MAX_RECIPIENTS = 500
_COMPLAINTS = frozenset({"abuse", "fraud", "virus", "other", "opt-out", "opt-out-list", "miscategorized"})
_FORWARDED = re.compile(r"^\s*complaint about message from\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Feedback:
    """One report. `type` is its Feedback-Type; `complains` whether a recipient did, and not a machine about DMARC."""

    type: str
    complains: bool
    addresses: tuple[str, ...]


def feedback(mail: Mail) -> Feedback | None:
    """The report that this mail is, if it is one."""
    fields = _fields(mail)
    if fields is None:
        if not _FORWARDED.match(mail.headers.get("subject")) or not mail.original.fields:
            return None
        return Feedback("abuse", True, _addresses(Headers(), mail.original))
    kind = fields.get("feedback-type").strip().lower() or "abuse"
    return Feedback(kind, kind in _COMPLAINTS, _addresses(fields, mail.original))


def _fields(mail: Mail) -> Headers | None:
    reported = mail.headers.parameter("report-type").lower() == "feedback-report"
    for part in mail.leaves:
        if part.type == "message/feedback-report":
            return mime_reader.headers(mime_reader.transferred(part.headers, part.body).strip())
    for part in mail.leaves if reported else ():
        if re.search(r"^feedback-type:", part.text, re.IGNORECASE | re.MULTILINE):
            return mime_reader.headers(part.text.strip().encode())
    return None


def _addresses(fields: Headers, original: Headers) -> tuple[str, ...]:
    """Who complained, as far as the report lets on; the recipient of the mail else."""
    named = [*fields.all("original-rcpt-to"), *fields.all("removal-recipient")]
    named = named or original.all("x-hmxmroriginalrecipient") or [original.get("to")]
    unique = {address.lower(): address for value in named if (address := address_in(value))}
    return tuple(unique.values())[:MAX_RECIPIENTS]
