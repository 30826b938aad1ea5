"""By what a report or a reply can be tied to the message it is about."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapport.channels.email.inbound.addresses import addresses_in
from rapport.channels.email.inbound.mime_reader import Mail

MAX_IDS = 200
_ID = re.compile(r"<([^<>\s]{3,250})>")
_QUOTED_ID = re.compile(
    r"^[ \t>]*(?:original-|x-original-)?message-id:\s*<([^<>\s]{3,250})>", re.IGNORECASE | re.MULTILINE
)
_QUOTED_FEEDBACK = re.compile(r"^[ \t>]*feedback-id:[ \t]*(\S{1,200})", re.IGNORECASE | re.MULTILINE)
_QUOTED_LIST = re.compile(
    r"^[ \t>]*list-unsubscribe:\s*<(https?://[^<>\s]{1,900})>", re.IGNORECASE | re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class References:
    """`message_ids` without brackets, the original's own first; `sent_to` the addresses the report itself came to."""

    message_ids: tuple[str, ...] = ()
    sent_to: tuple[str, ...] = ()
    feedback_id: str = ""
    unsubscribe_url: str = ""


def references(mail: Mail) -> References:
    """What the mail gives away of the message it is about: nothing here is proof, anybody can write it."""
    texts = [part.text for part in mail.leaves if part.type.startswith(("text/", "message/"))][:8]
    original, own = mail.original, mail.headers
    ids = [match for value in original.all("message-id") for match in _ID.findall(value)]
    ids += [match for text in texts for match in _QUOTED_ID.findall(text)]
    for name in ("in-reply-to", "references", "original-message-id", "x-original-message-id"):
        ids += [match for value in own.all(name) for match in _ID.findall(value)]
    arrived = [own.get(name) for name in ("delivered-to", "x-original-to", "envelope-to", "to")]
    return References(
        tuple(dict.fromkeys(ids))[:MAX_IDS],
        tuple(dict.fromkeys(address for value in arrived for address in addresses_in(value)))[:MAX_IDS],
        original.get("feedback-id")[:200] or _first(_QUOTED_FEEDBACK, texts),
        _first(_ID, [original.get("list-unsubscribe")]) or _first(_QUOTED_LIST, texts),
    )


def _first(pattern: re.Pattern[str], texts: list[str]) -> str:
    return next((match[1] for text in texts if (match := pattern.search(text))), "")
