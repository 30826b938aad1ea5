"""Characters that are not seen, that turn text around, or that are none: taken out, shown, or replaced."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

# Zero-width characters, marks, embeddings and isolates of direction, soft hyphens, a byte order mark in mid-text.
# Joiners (U+200C, U+200D) are part of words in Persian and of emoji, so they only go from the ends.
JOINERS = "\u200c\u200d"
INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f\u3164\ufeff\uffa0"
)
# What turns the text after it around, beyond its own end.
TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_INVISIBLE = re.compile(f"[{INVISIBLE}\U000e0000-\U000e007f]")
_TURNING = re.compile(f"[{TURNING}]")
# No character has so many digits, and the standard library gives up on thousands of them.
_NO_CHARACTER = re.compile(r"&#(?:[0-9]{99,}|[xX][0-9a-fA-F]{99,});?")


def plain(text: str) -> str:
    """The text without what is not seen in it, and without blanks at its ends."""
    if text.isascii():
        return text.strip()
    return _INVISIBLE.sub("", text).strip().strip(JOINERS).strip()


def unescaped(text: str) -> str:
    """The text with HTML's names and numbers of characters as the characters. Never raises, whatever the text."""
    return html.unescape(_NO_CHARACTER.sub("\ufffd", text)) if "&" in text else text


def unturned(text: str) -> str:
    """The text without what would turn it, or what follows it, around."""
    return text if text.isascii() else _TURNING.sub("", text)


def shown(text: str) -> str:
    """The text with what would turn it around made visible: ⟨U+202E⟩."""
    return _TURNING.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", text)


def whole(text: str) -> str:
    """The text with U+FFFD for halves of surrogate pairs, which no database stores."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def every_text(value: Any, change: Callable[[str], str]) -> Any:
    """A JSON value with each of its texts changed, those of its keys too."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [every_text(part, change) for part in value]
    if isinstance(value, dict):
        return {change(key): every_text(part, change) for key, part in value.items()}
    return value
