"""Identifiers in their one true spelling, and which values identify nobody."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email

TYPES = ("user_id", "email", "phone", "anonymous_id")
MAX_LENGTH = 254
# Placeholders that careless clients send for everybody (list after Segment Unify's defaults).
_BLOCKED = re.compile(
    r"^(?:|[0-]*|-?1|null|none|nil|nan|undefined|unknown|anonymous|guest|test|n/?a|true|false|\[object object\])$",
    re.IGNORECASE,
)


def blocked(value: str) -> bool:
    """Whether `value` is a placeholder that would glue strangers together."""
    return bool(_BLOCKED.match(value))


def normalise(type_: str, value: object, region: str = "GB") -> str | None:
    """The normalised value, or None when it identifies nobody (placeholder, malformed, unknown type).

    E-mail: email-validator's normal form, lower case. Phone: E.164, numbers without + read in `region`.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value).replace("\x00", "").strip()
    if blocked(text) or len(text) > MAX_LENGTH:
        return None
    match type_:
        case "user_id" | "anonymous_id":
            return text
        case "email":
            return _email(text)
        case "phone":
            return _phone(text, region)
    return None


@lru_cache(maxsize=50_000)
def _email(text: str) -> str | None:
    try:
        return validate_email(text, check_deliverability=False, test_environment=True).normalized.lower()
    except EmailNotValidError:
        return None


@lru_cache(maxsize=50_000)
def _phone(text: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
