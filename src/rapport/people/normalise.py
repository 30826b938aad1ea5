"""Identifiers in their one true spelling, and which values identify nobody."""

from __future__ import annotations

from rapport.people import identity_types
from rapport.people.spelling import blocked, spelled

# The types every event has a field or a trait for; others are asked of `identity_types`.
TYPES = ("user_id", "email", "phone", "anonymous_id")
MAX_LENGTH = 254
# What parts the identifiers that came together, where they are written down; within one, it would make two of it.
SEPARATOR = "\x1f"


def normalise(type_: str, value: object, region: str = "GB") -> str | None:
    """The normalised value, or None when it identifies nobody (placeholder, blocked, malformed, unknown type).

    E-mail: email-validator's normal form, lower case. Phone: E.164, numbers without + read in `region`.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value).replace("\x00", "").strip()
    if len(text) > MAX_LENGTH or blocked(text) or SEPARATOR in text:
        return None
    rule = identity_types.current().by_key.get(type_)
    if rule is None:
        rule = identity_types.refresh().by_key.get(type_)
        if rule is None:
            return None
    spelled_text = spelled(rule.normaliser, text, region)
    if spelled_text is None or (
        (rule.blocked or rule.pattern) and (rule.blocks(text) or rule.blocks(spelled_text))
    ):
        return None
    return spelled_text
