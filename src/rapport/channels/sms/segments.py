"""Counting and splitting the segments of an SMS (3GPP TS 23.038, 23.040).

A text is written in GSM 7-bit if every character is in its alphabet, else in UCS-2 as a whole. A single segment holds
160 septets or 70 code units; parts of a longer one hold 153 or 67, because a header takes the rest. Neither an extended
character (two septets) nor a surrogate pair is split between parts. National shift tables are not used: networks do not
reliably carry them.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = {
    "\f": 0x0A,
    "^": 0x14,
    "{": 0x28,
    "}": 0x29,
    "\\": 0x2F,
    "[": 0x3C,
    "~": 0x3D,
    "]": 0x3E,
    "|": 0x40,
    "€": 0x65,
}
ESCAPE = 0x1B
_CODES = {character: code for code, character in enumerate(BASIC) if character != "\x1b"}
_EXTENDED_BACK = {code: character for character, code in EXTENDED.items()}
GSM, UCS2 = "GSM-7", "UCS-2"
_ROOM = {GSM: (160, 153), UCS2: (70, 67)}
# What word processors write instead of what phones have; each costs a text its 160 characters.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′´`", "'"),
        **dict.fromkeys("“”„‟«»″", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys(
            "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u202f\u3000\t", " "
        ),
        **dict.fromkeys("\u200b\u200c\u2060\ufeff\u00ad", ""),
        "…": "...",
        "•": "-",
        "\u2028": "\n",
        "\u2029": "\n",
    }
)


@dataclass(frozen=True, slots=True)
class Segments:
    """`left` is how many more units fit before another segment is needed."""

    encoding: str
    count: int
    left: int


def plain(text: str) -> str:
    """The text with typographic quotes, dashes and spaces as phones have them, and no control characters."""
    joined = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).translate(_PLAIN)
    return "".join(
        character for character in joined if character == "\n" or unicodedata.category(character) != "Cc"
    )


def encoding_of(text: str) -> str:
    return GSM if all(character in _CODES or character in EXTENDED for character in text) else UCS2


def segments(text: str) -> Segments:
    """How many segments a text takes, in which encoding, and how much is left of the last."""
    encoding = encoding_of(text)
    sizes = [sum(_size(character, encoding) for character in part) for part in split(text)]
    single, joined = _ROOM[encoding]
    return Segments(encoding, len(sizes), (single if len(sizes) == 1 else joined) - sizes[-1])


def split(text: str) -> list[str]:
    """The text of each segment; at least one."""
    encoding = encoding_of(text)
    single, joined = _ROOM[encoding]
    if sum(_size(character, encoding) for character in text) <= single:
        return [text]
    segment_texts: list[str] = []
    start = size = 0
    for at, character in enumerate(text):
        units = _size(character, encoding)
        if size + units > joined:
            segment_texts.append(text[start:at])
            start, size = at, 0
        size += units
    return [*segment_texts, text[start:]]


def encode(text: str, encoding: str) -> bytes:
    """One segment as SMPP carries it: a septet a byte, or big-endian UTF-16."""
    if encoding == UCS2:
        return text.encode("utf-16-be", "surrogatepass")
    return bytes(
        code
        for character in text
        for code in ((_CODES[character],) if character in _CODES else (ESCAPE, EXTENDED[character]))
    )


def decode(data: bytes, encoding: str) -> str:
    """The text of one segment as SMPP carries it; what cannot be read becomes a replacement character."""
    if encoding == UCS2:
        return data.decode("utf-16-be", "replace")
    characters: list[str] = []
    escaped = False
    for code in data:
        if escaped:
            characters.append(_EXTENDED_BACK.get(code, " "))
            escaped = False
        elif code == ESCAPE:
            escaped = True
        else:
            characters.append(BASIC[code] if code < len(BASIC) else "\N{REPLACEMENT CHARACTER}")
    return "".join(characters)


def _size(character: str, encoding: str) -> int:
    if encoding == GSM:
        return 2 if character in EXTENDED else 1
    return 2 if ord(character) > 0xFFFF else 1
