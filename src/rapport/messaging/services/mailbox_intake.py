"""What follows from one mail: receipts for deliveries of ours, messages of persons, or nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import uuid
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parseaddr

from rapport.channels.email import imap
from rapport.channels.email.inbound import Kind, Reading, Recipient, classify, mime_reader
from rapport.channels.email.inbound import reasons as mail_reasons
from rapport.channels.email.queries import answer_address
from rapport.channels.incoming import About, Enclosed, Receipt, ReceiptKind, Reply
from rapport.core.clock import Clock
from rapport.core.crypto import BadSignature
from rapport.governance.queries import normal_address
from rapport.messaging.models import Delivery, IncomingMail, Mailbox
from rapport.messaging.services import mail_opt_outs, receipts, replies, tokens, tracking

CHANNEL = "email"
Outcome = IncomingMail.Outcome
# A report about a message that left longer ago is not believed: servers give up after days.
LATEST = dt.timedelta(days=60)
_OURS = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@", re.ASCII)
_IDS = re.compile(r"<[^<>\s]{3,250}>")
MAX_REFERENCES = 8_000
_UNSUBSCRIBE = re.compile(r"/e/u/([\w-]{20,200})")
_LEAVING = re.compile(r"(?:re:|fwd?:|wg:)? ?unsubscribe[ +_]([\w-]{20,200})", re.IGNORECASE)
_ABOUT = {
    mail_reasons.About.RECIPIENT: About.RECIPIENT,
    mail_reasons.About.SENDER: About.SENDER,
    mail_reasons.About.POLICY: About.SENDER,
    mail_reasons.About.CONTENT: About.CONTENT,
}
_LISTS = frozenset({"bulk", "list", "junk"})


@dataclass(frozen=True, slots=True)
class Taken:
    """What a mail was and what followed of it."""

    kind: str
    outcome: str
    reason: str = ""
    address: str = ""
    delivery: Delivery | None = None


def identity(raw: bytes) -> str:
    """What makes a mail the same mail wherever it lies: a hash of its Message-ID, or of itself."""
    named = (
        mime_reader.headers(raw[: mime_reader.MAX_HEAD].partition(b"\r\n\r\n")[0]).get("message-id").strip()
    )
    return hashlib.sha256(named.encode("utf-8", "replace") if named else raw).hexdigest()


def take(*, mailbox: Mailbox, raw: bytes, received_at: dt.datetime, clock: Clock) -> Taken:
    """Does what follows from a mail, in the caller's transaction."""
    reading = classify(raw)
    if reading.kind not in {Kind.BOUNCE, Kind.COMPLAINT} and (left := _unsubscribed(raw, clock)):
        return left
    if reading.kind is Kind.OTHER and not reading.recipients:
        return _message(mailbox, raw, reading, received_at, clock)
    if reading.kind is Kind.AUTO_REPLY:
        words = "challenge" if reading.challenge else ""
        address = reading.recipients[0].address if reading.recipients else ""
        return Taken(str(reading.kind), Outcome.NOTED, words, address, _meant(reading, clock))
    return _reported(reading, received_at, clock)


def _unsubscribed(raw: bytes, clock: Clock) -> Taken | None:
    """A mail whose subject is what the `mailto:` of a message of ours puts there. The token is all its authority, as
    that of the link is: mail programs send it from whichever address of theirs."""
    headers = mime_reader.headers(raw[: mime_reader.MAX_HEAD].partition(b"\r\n\r\n")[0])
    match = _LEAVING.fullmatch(" ".join(headers.get("subject").split()))
    if match is None:
        return None
    try:
        delivery = Delivery.objects.filter(pk=tokens.read_id(tokens.UNSUBSCRIBE, match[1])).first()
    except (BadSignature, ValueError):
        return None
    if delivery is None:
        return None
    new = not mail_opt_outs.has_left(delivery)
    if new:
        tracking.unsubscribe(delivery_id=delivery.pk, source=mail_opt_outs.MAIL, clock=clock)
    address = parseaddr(headers.get("from")[:1_000])[1]
    return Taken("other", Outcome.COUNTED if new else Outcome.DUPLICATE, "unsubscribed", address, delivery)


def _reported(reading: Reading, at: dt.datetime, clock: Clock) -> Taken:
    """A bounce, a complaint, or a report that something arrived."""
    delivery = _meant(reading, clock)
    if reading.report and reading.kind is Kind.OTHER:  # a machine's report on authentication
        return Taken(str(reading.kind), Outcome.NOTED, reading.report, delivery=delivery)
    recipient = _recipient_meant(reading, delivery)
    shown = recipient or (reading.recipients[0] if reading.recipients else None)
    address, reason = (shown.address, shown.reason) if shown else ("", "")
    if delivery is None or recipient is None:
        return Taken(str(reading.kind), Outcome.UNVERIFIED, reason, address)
    kind = _receipt_kind(reading, recipient)
    if kind is None:
        return Taken(str(reading.kind), Outcome.NOTED, reason, address, delivery)
    about = _ABOUT.get(recipient.about, About.UNCLEAR)
    receipt = Receipt(
        kind,
        at,
        reference=str(delivery.pk),
        address=delivery.address,
        permanent=recipient.permanent,
        about=about,
        reason=recipient.reason,
        code=f"{recipient.code} {recipient.status}".strip(),
        detail=recipient.detail,
    )
    new = receipts.record_receipt(delivery=delivery, receipt=receipt, clock=clock)
    return Taken(str(reading.kind), Outcome.COUNTED if new else Outcome.NOTED, reason, address, delivery)


def _receipt_kind(reading: Reading, recipient: Recipient) -> ReceiptKind | None:
    if reading.kind is Kind.COMPLAINT:
        return ReceiptKind.COMPLAINED
    if reading.kind is Kind.BOUNCE:
        return None if recipient.delayed or recipient.reason == "delivered" else ReceiptKind.BOUNCED
    return ReceiptKind.DELIVERED if recipient.reason == "delivered" else None


def _recipient_meant(reading: Reading, delivery: Delivery | None) -> Recipient | None:
    """The recipient of the report whom the delivery went to.

    Complaints often hide who complained; the delivery's own id, which only its recipient was sent, is proof enough to
    do what its unsubscribe link would.
    """
    if delivery is None:
        return None
    if reading.kind is Kind.COMPLAINT and reading.recipients:
        return reading.recipients[0]
    wanted = normal_address(CHANNEL, delivery.address) if delivery.address else None
    among = (
        row for row in reading.recipients if row.address and normal_address(CHANNEL, row.address) == wanted
    )
    return next(among, None) if wanted else None


def _meant(reading: Reading, clock: Clock) -> Delivery | None:
    """The delivery of ours that a mail is about: by our signature, or by the Message-ID that we gave it."""
    ids: list[uuid.UUID] = []
    if match := _UNSUBSCRIBE.search(reading.references.unsubscribe_url):
        with suppress(BadSignature, ValueError):
            ids.append(tokens.read_id(tokens.UNSUBSCRIBE, match[1]))
    for message_id in reading.references.message_ids[:20]:
        if match := _OURS.match(message_id.lower()):
            ids.append(uuid.UUID(match[1]))
    if not ids:
        return None
    rows = Delivery.objects.filter(pk__in=ids, channel=CHANNEL, state__in=["sent", "uncertain"])
    recent = rows.filter(handed_over_at__gt=clock.now() - LATEST).select_related("send__purpose", "person")
    by_id = {row.pk: row for row in recent}
    return next((by_id[pk] for pk in ids if pk in by_id), None)


def _message(mailbox: Mailbox, raw: bytes, reading: Reading, received_at: dt.datetime, clock: Clock) -> Taken:
    """A mail of a person: kept, unless the mailbox is only for reports, or it is a list's or our own."""
    mail = mime_reader.read(raw, imap.LIMIT - 1)
    headers = mail.headers
    name, address = parseaddr(headers.get("from")[:1_000])
    own_id = headers.get("message-id").strip().strip("<>")
    if _OURS.match(own_id.lower()) and _sent_by_us(own_id):
        return Taken("other", Outcome.NOTED, "own_mail", address)
    if mailbox.takes == Mailbox.Takes.REPORTS:
        return Taken("other", Outcome.NOTED, "not_kept", address)
    if headers.get("list-id") or headers.get("precedence").strip().lower() in _LISTS:
        return Taken("other", Outcome.NOTED, "mailing_list", address)
    if headers.get("auto-submitted").strip().lower().startswith("auto-generated"):
        return Taken("other", Outcome.NOTED, "made_by_program", address)
    if not address or "@" not in address:
        return Taken("other", Outcome.NOTED, "no_sender", "")
    delivery = _meant(reading, clock)
    reply = Reply(
        provider_id=own_id or identity(raw),
        address=address,
        text=text_of(mail),
        at=received_at,
        name=name,
        subject=headers.get("subject"),
        attachments=attachments_of(mail),
        contents=contents_of(mail),
        answer_to=answer_address(headers.get("reply-to")),
        earlier=_IDS.findall(headers.get("references")[-MAX_REFERENCES:]),
    )
    row = replies.keep_reply(channel=CHANNEL, reply=reply, mailbox=mailbox, delivery=delivery, clock=clock)
    if row and delivery and mail_opt_outs.opts_out(delivery, reply.subject, reply.text):
        tracking.unsubscribe(delivery_id=delivery.pk, source=mail_opt_outs.SOURCE, clock=clock)
    return Taken("other", Outcome.KEPT if row else Outcome.DUPLICATE, "", address, delivery)


def _sent_by_us(message_id: str) -> bool:
    return Delivery.objects.filter(pk=uuid.UUID(message_id[:36])).exists()


def text_of(mail: mime_reader.Mail) -> str:
    """What a mail says, as plain text."""
    for wanted in ("text/plain", "text/html"):
        for leaf in mail.leaves:
            if leaf.type == wanted and not _file_name(leaf):
                return leaf.text.strip()
    return ""


def attachments_of(mail: mime_reader.Mail) -> list[Enclosed]:
    """The files that come with a mail."""
    return [Enclosed(leaf.type, _file_name(leaf)) for leaf in mail.leaves if _file_name(leaf)]


def contents_of(mail: mime_reader.Mail) -> list[bytes | None]:
    """What those files hold; of a mail that was cut off, not the last."""
    contents: list[bytes | None] = [
        mime_reader.transferred(leaf.headers, leaf.body) for leaf in mail.leaves if _file_name(leaf)
    ]
    if mail.truncated and contents and _file_name(mail.leaves[-1]):
        contents[-1] = None
    return contents


def _file_name(leaf: mime_reader.Part) -> str:
    disposition = leaf.headers.get("content-disposition")
    match = re.search(r'filename\*?="?([^";]{1,200})', disposition)
    if match:
        return match[1].strip()
    return leaf.headers.parameter("name") or ("?" if disposition.lower().startswith("attachment") else "")
