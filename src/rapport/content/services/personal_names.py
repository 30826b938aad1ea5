"""What people are called, as plain text: a name that anybody can state must not bring a link into a mail."""

from __future__ import annotations

import re
from typing import Any

from rapport.core import plain_text

MOST = 100
# The usual spellings, without case and separators.
KEYS = frozenset(
    "name fullname displayname nickname salutation firstname lastname middlename givenname familyname surname".split()
)
# Mail programs make links of what looks like an address; a blank after the dot keeps "St.John" readable.
_ADDRESS_SIGNS = re.compile(r"[\s\x00-\x1f\x7f<>:/\\@]+")
_DOT = re.compile(r"\.(?=\S)")


def plain(name: str) -> str:
    """One line of at most 100 characters in which nothing is an address, and nothing turns the text around."""
    seen = plain_text.plain(name[: 10 * MOST])
    return " ".join(_DOT.sub(". ", _ADDRESS_SIGNS.sub(" ", seen)).split())[:MOST].strip()


def plain_names(traits: dict[str, Any]) -> dict[str, Any]:
    """The traits, with those that are a name as plain text."""
    return {
        key: plain(value) if is_name(key) and isinstance(value, str) else value
        for key, value in traits.items()
    }


def is_name(key: str) -> bool:
    return re.sub(r"[\s_-]", "", key).lower() in KEYS
