"""What codes are made of, how they are looked up, and how they come into being by the million."""

from __future__ import annotations

import os
import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# No 0 O, 1 I L, 2 Z, 5 S, 8 B, U V: they are mistaken for each other when read, heard or typed.
ALPHABET = "34679ACDEFGHJKMNPQRTWXY"
SHORTEST, LONGEST, USUAL = 6, 24, 12
# How likely one guess meets any of the codes of a promotion, at most.
LUCK = 1e-9
_LEFT_OUT = re.compile(r"[\s\-_‐-―]+")
_EVEN = 256 - 256 % len(ALPHABET)
# The character of every random byte, and the bytes that would make some characters likelier.
_LETTERS, _UNEVEN = (
    bytes(ord(ALPHABET[byte % len(ALPHABET)]) for byte in range(256)),
    bytes(range(_EVEN, 256)),
)


def normal(code: str) -> str:
    """As it is looked up: capitals, without blanks and dashes; "" for what can be no code."""
    text = _LEFT_OUT.sub("", unicodedata.normalize("NFKC", code)).upper()
    return text if 0 < len(text) <= 64 and text.isprintable() else ""


def least_length(count: int) -> int:
    """How many random characters so many codes need, so that guessing one is hopeless."""
    length = SHORTEST
    while count / len(ALPHABET) ** length > LUCK:
        length += 1
    return length


def check_length(length: int, count: int) -> None:
    """Raises ValidationError for codes that could be guessed."""
    least = least_length(count)
    if not least <= length <= LONGEST:
        words = _("So many codes need %(least)d to %(most)d characters: shorter ones could be guessed.")
        raise ValidationError({"length": words % {"least": least, "most": LONGEST}})


def random_codes(count: int, length: int, prefix: str = "") -> list[str]:
    """Codes of secret random characters behind the prefix; each character as likely as any other."""
    wanted = count * length
    drawn = bytearray()
    while len(drawn) < wanted:
        drawn += os.urandom(wanted - len(drawn) + wanted // 4 + 64).translate(_LETTERS, _UNEVEN)
    text = drawn[:wanted].decode()
    return [prefix + text[at : at + length] for at in range(0, wanted, length)]
