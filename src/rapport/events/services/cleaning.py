"""What the databases cannot store is taken out of events before anything else looks at them."""

from __future__ import annotations

import json
import re

_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


class Rejected(Exception):
    """This one event cannot be taken; the message says why and what would be right."""


def is_plain(body: bytes) -> bool:
    """Whether nothing in the body needs the care of `clean`. Asked once for a batch, it saves asking for each event."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return not _needs_cleaning(body)


def _needs_cleaning(raw: bytes) -> bool:
    return b"\\u0000" in raw or b"\\ud" in raw or b"\\uD" in raw


def clean(raw: bytes) -> bytes:
    """Takes out what PostgreSQL and ClickHouse cannot store: NUL characters and lone surrogates."""
    if not _needs_cleaning(raw):
        return raw
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Rejected(f"not JSON: {error}") from error
    # Only the escape itself, not a backslash that a text spells out before "u0000".
    spelled = _NUL.sub(lambda match: match[1] + "\ufffd", json.dumps(value, ensure_ascii=False))
    return spelled.encode("utf-8", "replace")
