"""Identifiers in their one true spelling, and which values identify nobody."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from rapport.people import identity_types
from rapport.people.identity_types import PLACEHOLDERS

# The types every event has a field or a trait for; others are asked of `identity_types`.
TYPES = ("user_id", "email", "phone", "anonymous_id")
MAX_LENGTH = 254
_NO_WORD = re.compile(r"[\W_]+")


def blocked(value: str) -> bool:
    """Whether `value` is a placeholder that would glue strangers together."""
    return bool(PLACEHOLDERS.match(value))


def normalise(type_: str, value: object, region: str = "GB") -> str | None:
    """The normalised value, or None when it identifies nobody (placeholder, blocked, malformed, unknown type).

    E-mail: email-validator's normal form, lower case. Phone: E.164, numbers without + read in `region`.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value).replace("\x00", "").strip()
    if len(text) > MAX_LENGTH or blocked(text):
        return None
    rule = identity_types.current().by_key.get(type_)
    if rule is None:
        rule = identity_types.refresh().by_key.get(type_)
        if rule is None:
            return None
    found = spelled(rule.normaliser, text, region)
    if found is None or ((rule.blocked or rule.pattern) and (rule.blocks(text) or rule.blocks(found))):
        return None
    return found


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
            found = _NO_WORD.sub("", text).upper()
            return None if blocked(found) else found
    return text


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
