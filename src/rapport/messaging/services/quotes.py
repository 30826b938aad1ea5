"""What a message quotes of those before it: taken apart for reading, and put together for answering."""

from __future__ import annotations

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from mailparser_reply import EmailReplyParser

from rapport.messaging.models import Delivery, InboundMessage
from rapport.messaging.services.as_sent import as_sent

LANGUAGES = ["en", "de", "fr", "it", "es", "nl", "pl", "pt", "cs", "da", "sv"]
MAX_READ, MAX_QUOTED = 20_000, 20_000


def apart(text: str) -> tuple[str, str]:
    """(what is new, what it quotes); everything is said where that would leave nothing."""
    if "\n" not in text or len(text) > MAX_READ:
        return text, ""
    wording = (EmailReplyParser(languages=LANGUAGES).parse_reply(text) or "").strip()
    at = text.find(wording) if wording else -1
    if at < 0:
        return text, ""
    return wording, text[at + len(wording) :].strip()


def quoted(inbound: InboundMessage | None, earlier: Delivery | None) -> dict[str, str]:
    """The data of a quote: who wrote what, when."""
    if inbound is not None:
        author, at, text = inbound.name or inbound.address, inbound.received_at, inbound.text
    elif earlier is not None and (sent := as_sent(earlier)) is not None:
        author, at = "", earlier.handed_over_at or earlier.queued_at
        text = sent.text or "\n".join(part for part in sent.fields.values() if part)
    else:
        return {}
    when = formats.date_format(timezone.localtime(at), "DATETIME_FORMAT")
    intro = _("%(author)s wrote on %(when)s:") if author else _("We wrote on %(when)s:")
    return {"quote_intro": intro % {"author": author, "when": when}, "quote_text": text.strip()[:MAX_QUOTED]}
