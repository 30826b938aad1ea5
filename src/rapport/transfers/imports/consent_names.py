"""Which columns of systems we know nothing of speak of consent: by their names, and by what stands in them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from rapport.governance.registry import default_channel
from rapport.governance.statement_words import (
    DETAILS,
    EVERY,
    GRANTED,
    NEITHER,
    NO_STATE,
    OUT_NAME,
    WITHDRAWN,
    channel_in,
)
from rapport.people.values.types import FALSE_WORDS, TRUE_WORDS
from rapport.transfers.imports import values

_IN = re.compile(
    r"opt(?:ed)?_?in|subscrib|consent|accepts?_.*marketing|marketing_(?:permission|allowed|ok)|permission|newsletter"
    r"|einwilligung|zustimmung|consentement|abonn[eé]"
)
# So many of the cells must be what the name promises; the others are told one by one.
MOST = 0.9
_AT = re.compile(r"(?:^|_)(?:date|time|at|on|timestamp|datum)$")
_STATES = TRUE_WORDS | FALSE_WORDS | GRANTED | WITHDRAWN | NEITHER


def part_of(name: str, samples: Sequence[str], purposes: Collection[str], channels: Collection[str]) -> str:
    """purpose:channel:part of a column, "" when it says nothing of consent; `name` is in small letters."""
    is_out = OUT_NAME.search(name)
    if (not is_out and not _IN.search(name)) or NO_STATE.search(name) or not purposes:
        return ""
    channel = channel_in(name) or next((key for key in channels if key in name), "")
    channel = channel or (EVERY if is_out else default_channel().key)
    if channel not in {*channels, EVERY}:
        return ""
    part = _part(name, samples, out=bool(is_out))
    if not part:
        return ""
    if is_out:
        named = next((key for key in purposes if key in name), EVERY)
        return f"{named}:{channel}:{part}" if part in {"optout", "withdrawn_at", "reason"} else ""
    purpose = next((key for key in purposes if key in name), next(iter(purposes)))
    return f"{purpose}:{channel}:{part}"


def _part(name: str, samples: Sequence[str], *, out: bool) -> str:
    if detail := next((part for part, words in DETAILS if words.search(name)), ""):
        return detail
    cells = [values.cleaned(cell).lower() for cell in samples]
    states = sum(cell in _STATES for cell in cells)
    if states >= len(cells) * MOST and (cells or not _AT.search(name)):
        return "optout" if out else "state"
    if states + sum(cell not in _STATES and _is_moment(cell) for cell in cells) >= len(cells) * MOST:
        return "withdrawn_at" if out else "at"
    return ""


def _is_moment(cell: str) -> bool:
    try:
        values.moment(cell.upper(), "dmy")
    except ValueError as error:
        return str(error) == "date_none" and not cell.isalpha()
    return True
