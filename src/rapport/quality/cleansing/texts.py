"""Texts in one spelling: white space, placeholders, names and cities.

Every function is pure and settles: applied to its own answer it changes nothing. Names and cities keep every letter
and digit; a text that a rule would not leave whole stays as it was.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable

_INVISIBLE = re.compile("[\u200b\u200e\u200f\u2060\ufeff\u00ad]")
_SPACE = re.compile(r"\s+")
_PLACEHOLDERS = frozenset(
    "n/a n.a. n.a na none null nil nan undefined unknown unbekannt inconnu keine kein keines sconosciuto onbekend"
    " test testing tester tbd tba xxx xx x asdf asd qwerty foo bar dummy sample blank empty leer - -- --- . .. ..."
    " ? ?? ??? _ __ * ** / #n/a #value! #ref! (none) (null) <null> [none] k.a.".split()
) | {"not available", "not applicable", "keine angabe", "k. a.", "test test", "no name", "not known"}
# Na, None and X are names of real people; so is Test, which is proposed for review all the same.
_NAMES_TOO = _PLACEHOLDERS - {"na", "none", "x", "xx", "bar", "blank", "foo", "tester", "nan", "asd", "kein"}
_PARTICLES = frozenset(
    "a al am am an auf aux bei da dal das de del della den der di do dos du el en ob of op sur sous s "
    "la las le les los ten ter the the und und upon van vom von zu zum zur d l in im y e et on under les".split()
)
_KEPT = frozenset({"DC", "DF", "CDMX"})
_WORD = re.compile(r"[^\W\d_]+", re.UNICODE)
_COMPANY = re.compile(r"[&+@/]|\d|\b(ltd|inc|gmbh|llc|plc|corp|co|ag|bv|sa|srl|and sons)\b", re.IGNORECASE)


def tidy(text: str) -> str:
    """Composed characters, nothing invisible, single spaces, none at the ends."""
    return _SPACE.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFC", text))).strip()


def is_placeholder(text: str, *, name: bool = False) -> bool:
    """Whether it says that there is nothing to say ("n/a", "-", "test"). `name`: less is taken for one."""
    word = tidy(text).casefold()
    return word in (_NAMES_TOO if name else _PLACEHOLDERS)


def letters(text: str) -> Counter[str]:
    """The letters and digits of a text, however they are written and in whatever order."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", text).casefold()).casefold()
    return Counter(character for character in plain if character.isalnum())


def settled(step: Callable[[str], str], text: str) -> str:
    """What `step` makes of it, if that loses no letter and would not be changed again; else the text."""
    cleaned = step(text)
    if cleaned == text:
        return text
    return cleaned if cleaned and letters(cleaned) == letters(text) and step(cleaned) == cleaned else text


def has_case(text: str) -> bool:
    """Whether somebody wrote it with capitals and small letters on purpose: "McDonald", "van Dyck", "D'Arcy"."""
    words = _WORD.findall(text)
    return any(word[0].isupper() and word[1:] and not word[1:].isupper() for word in words)


def standard_name(text: str) -> str:
    """A whole name: "mCDONALD, JOHN" is John McDonald, "ada lovelace" Ada Lovelace; mixed case is kept."""
    return settled(_name, text)


def standard_part(text: str) -> str:
    """A first or last name by itself: "O'BRIEN" is O'Brien."""
    return settled(_part, text)


def _name(text: str) -> str:
    clean = tidy(text)
    if _COMPANY.search(clean) or not _WORD.search(clean):
        return clean
    turned = _reversed(clean)
    if not turned and (has_case(clean) or not _cased(clean)):
        return clean
    from nameparser import HumanName  # a tenth of a second to load, for few processes

    parsed = HumanName(clean)
    if not has_case(clean) and _cased(clean):
        parsed.capitalize(force=True)
    return tidy(str(parsed)) or clean


def _reversed(text: str) -> bool:
    """Whether it reads "Last, First"."""
    last, comma, first = text.partition(",")
    short = len(last.split()) <= 3 and 1 <= len(first.split()) <= 3
    return bool(comma and last.strip() and first.strip() and short and "," not in first)


def _part(text: str) -> str:
    clean = tidy(text)
    if has_case(clean) or not _cased(clean) or _COMPANY.search(clean) or "," in clean:
        return clean
    if len(clean) <= 3 and clean.isupper() and "." in clean:
        return clean
    from nameparser import HumanName

    parsed = HumanName(last=clean)
    parsed.capitalize(force=True)
    return tidy(parsed.last) or clean


def _cased(text: str) -> bool:
    """Whether the script has capitals at all, and there is more than an initial."""
    return text.upper() != text.lower() and sum(character.isalpha() for character in text) > 1


def standard_city(text: str) -> str:
    """ "STRATFORD-UPON-AVON" is Stratford-upon-Avon; mixed case is kept."""
    return settled(_city, text)


def _city(text: str) -> str:
    clean = tidy(text)
    if has_case(clean) or not _cased(clean) or any(character.isdigit() for character in clean):
        return clean
    return _WORD.sub(lambda match: _city_word(match, clean), clean)


def _city_word(match: re.Match[str], whole: str) -> str:
    word = match.group()
    if word.upper() in _KEPT and match.start():
        return word.upper()
    after_mark = match.start() and whole[match.start() - 1] in "'’"
    if word.lower() in _PARTICLES and match.start() and not after_mark:
        return word.lower()
    if after_mark and len(word) == 1:
        return word.lower()
    return word[:1].upper() + word[1:].lower()
