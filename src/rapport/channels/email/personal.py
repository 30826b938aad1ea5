"""What mail that somebody writes by hand has beyond others: its place in a conversation, and files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.message import MIMEPart
from email.policy import SMTP

from rapport.channels.email.dkim import Header
from rapport.channels.protocol import Answered, Attachment

MIXED = "=_rapport_mixed"  # neither quoted-printable nor base64 has "=_"
# So many of a long conversation's ids are given; mail programs look at the last ones first.
MOST_IDS = 20
_ID = re.compile(r"[^\s<>\x00-\x20\x7f-\uffff]{1,250}")
_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,100}")


def thread_headers(answered: Answered, host: str) -> list[Header]:
    """In-Reply-To and References (RFC 5322 §3.6.4), of what can be a message id."""
    own = f"{answered.reference}@{host}" if answered.reference else answered.provider_id
    ids = list(dict.fromkeys(_written_ids([*answered.earlier, own])))[-MOST_IDS:]
    last = _written_ids([own])
    headers = [Header("In-Reply-To", last[0])] if last else []
    return headers + ([Header("References", "\r\n ".join(ids))] if ids else [])


def _written_ids(ids: Sequence[str]) -> list[str]:
    bare = (message_id.strip().strip("<>") for message_id in ids)
    return [f"<{message_id}>" for message_id in bare if _ID.fullmatch(message_id)]


def with_files(alternative: bytes, kind: str, files: Sequence[Attachment]) -> tuple[bytes, str]:
    """(the body with files behind the text, its content type); `kind` is the text's."""
    sections = [f"--{MIXED}\r\nContent-Type: {kind}\r\n\r\n".encode() + alternative]
    for file in files:
        part = MIMEPart(policy=SMTP)
        main, _slash, sub = (
            file.type if _TYPE.fullmatch(file.type) else "application/octet-stream"
        ).partition("/")
        name = "".join(character for character in file.name if character.isprintable())[:200] or "file"
        part.set_content(file.content, main, sub, cte="base64", disposition="attachment", filename=name)
        sections.append(f"--{MIXED}\r\n".encode() + part.as_bytes())
    return b"".join(sections) + f"--{MIXED}--\r\n".encode(), f'multipart/mixed; boundary="{MIXED}"'
