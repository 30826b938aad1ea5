"""How addresses and numbers are spelt, whoever asks: identifiers, traits, forms."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email

# Placeholders that careless clients send for everybody (list after Segment Unify's defaults): words, the same words as
# languages print them in brackets, and marks of a template that nobody filled in ({{ id }}, ${id}, %%id%%, *|ID|*).
PLACEHOLDERS = re.compile(
    r"^(?:|[0-]*|-?1|null|none|nil|nan|undefined|unknown|anonymous|guest|test|n/?a|true|false|\[object object\]"
    r"|[(<\[](?:null|none|nil|nan|undefined|unknown|anonymous)[)>\]]"
    r"|\{\{[^{}]*\}\}|\{%[^{}]*%\}|[$#]\{[^{}]*\}|<%[^<>]*%>|%%[^%]*%%|\*\|[^|]*\|\*)$",
    re.IGNORECASE,
)
EXACT = 2**53  # beyond, a float stands for several whole numbers
_FIRST = frozenset("0-1nNuUaAgGtTfF[\n(<{$#%*")  # what placeholders begin with; the last is an empty line
_NO_WORD = re.compile(r"[\W_]+")
# Addresses that email-validator would give back unchanged but for their case; everything else goes through it.
_PLAIN_MAIL = re.compile(
    r"(?=.{3,254}$)(?=[^@]{1,64}@)[a-z0-9_+]+(?:[.-][a-z0-9_+]+)*@"
    r"(?:(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}"
)
# What is copied along unseen: zero-width spaces, marks of direction, byte order marks, soft hyphens. Joiners stay:
# domains in some scripts need them.
_UNSEEN = re.compile("[\u00ad\u200b\u200e\u200f\u2060\u202a-\u202e\u2066-\u2069\ufeff]")
_SPECIAL = (".arpa", ".invalid", ".local", ".localhost", ".onion", ".test")


def blocked(value: str) -> bool:
    """Whether `value` is a placeholder that would glue strangers together."""
    return not value or (value[0] in _FIRST and bool(PLACEHOLDERS.match(value)))


def number_text(value: int | float) -> str | None:
    """A number that is an id, in the one notation of whole numbers; None where a float is not exact any more."""
    if isinstance(value, int):
        return str(value)
    if not abs(value) < EXACT:
        return None
    return str(int(value)) if value.is_integer() else repr(value)


def spelled(normaliser: str, text: str, region: str = "GB") -> str | None:
    """`text` as `normaliser` spells it; None when it cannot be such a value."""
    match normaliser:
        case "email":
            return _email(text)
        case "phone":
            return _phone(text, region)
        case "lower":
            return text.lower()
        case "digits":
            letters = _NO_WORD.sub("", text).upper()
            return None if blocked(letters) else letters
    return text


def _email(text: str) -> str | None:
    if text.isascii() and _PLAIN_MAIL.fullmatch(low := text.lower()) and not low.endswith(_SPECIAL):
        return low
    return _any_email(text)


@lru_cache(maxsize=50_000)
def _any_email(text: str) -> str | None:
    try:
        return validate_email(
            _UNSEEN.sub("", text), check_deliverability=False, test_environment=True
        ).normalized.lower()
    except EmailNotValidError:
        return None


@lru_cache(maxsize=50_000)
def _phone(text: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(_UNSEEN.sub("", text), region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
