"""From the bytes of a message to what the API of a provider takes, every header of ours kept."""

from __future__ import annotations

from dataclasses import replace
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

from anymail.message import AnymailMessage

from rapport.channels.email.mime import Skeleton
from rapport.channels.protocol import Composer, Message, Sender

DELIVERY = "rapport_delivery"
"""The name under which a provider keeps our reference and gives it back in its events."""
_OWN_FIELDS = frozenset({"from", "to", "subject", "reply-to", "date", "mime-version", "content-type"})
_PARSER = BytesParser(policy=policy.default)


def composer(sender: Sender, settings: object) -> Composer:
    """The same bytes as over SMTP, but unsigned: providers sign. Raises Unfit."""
    compose = Skeleton(sender).message
    return lambda content: replace(compose(content), reference=content.reference)


def anymail_message(message: Message, headers: dict[str, str]) -> AnymailMessage:
    """The message as anymail takes it; `headers` are added to its own."""
    parsed = _PARSER.parsebytes(message.payload)
    return AnymailMessage(
        subject=str(parsed["Subject"] or ""),
        body=_text(parsed, "plain"),
        from_email=_addresses(parsed, "From")[0],
        to=_addresses(parsed, "To"),
        reply_to=_addresses(parsed, "Reply-To"),
        headers={name: str(value) for name, value in parsed.items() if name.lower() not in _OWN_FIELDS}
        | headers,
        alternatives=[(_text(parsed, "html"), "text/html")],
        attachments=[
            (part.get_filename(), part.get_content(), part.get_content_type())
            for part in parsed.iter_attachments()
        ],
        metadata={DELIVERY: message.reference},
    )


def _addresses(parsed: EmailMessage, header: str) -> list[str]:
    return [str(address) for address in parsed[header].addresses] if parsed[header] else []


def _text(parsed: EmailMessage, kind: str) -> str:
    body = parsed.get_body((kind,))
    return str(body.get_content()) if body is not None else ""
