"""How long a text is, as each network counts: graphemes on Mastodon, weights on X, units of UTF-16 on LinkedIn."""

from __future__ import annotations

import unicodedata

import regex

# The length that Mastodon and X count for every link, however long it is.
LINK = 23
_LINK = regex.compile(r"https?://[^\s<>\"]+[^\s<>\"'.,;:!?)\]}…»”’]", regex.IGNORECASE)
_MENTION = regex.compile(r"(?<![\w/])@(\w+(?:[\w.-]*\w)?)@[\w.-]+\w", regex.IGNORECASE)
# X makes links of bare names of hosts too; two letters are countries.
_HOST = regex.compile(
    r"(?<![\w@/.-])(?:[\w-]+\.)+(?:com|org|net|info|biz|app|dev|shop|store|online|blog|news|edu|gov|[a-z]{2})\b(?!@)"
    r"(?:/[^\s<>\"]*[^\s<>\"'.,;:!?)\]}…»”’])?",
    regex.IGNORECASE,
)
_GRAPHEME = regex.compile(r"\X")
_EMOJI = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3")
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))


def links(text: str) -> list[str]:
    """The links in a text, in order."""
    return _LINK.findall(text)


def mastodon(text: str, link: int = LINK) -> int:
    """Graphemes; a link counts as `link`, and of a mention only the name before the server."""
    return len(_GRAPHEME.findall(short_mentions(_LINK.sub("x" * link, text))))


def short_mentions(text: str) -> str:
    """The text with mentions as Mastodon shows them, without the server."""
    return str(_MENTION.sub(r"@\1", text))


def x(text: str) -> int:
    """X's weights: 1 for most alphabets, 2 for the others and for a whole emoji, 23 for a link."""
    text = unicodedata.normalize("NFC", text)
    bare, count = _LINK.subn("", text)
    bare, more = _HOST.subn("", bare)
    return (count + more) * LINK + sum(_weight(grapheme) for grapheme in _GRAPHEME.findall(bare))


def _weight(grapheme: str) -> int:
    if _EMOJI.search(grapheme) and (len(grapheme) > 1 or ord(grapheme) > 4351):
        return 2
    return sum(
        1 if any(low <= ord(character) <= high for low, high in _LIGHT) else 2 for character in grapheme
    )


def utf16(text: str) -> int:
    """Units of UTF-16, in which LinkedIn counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
