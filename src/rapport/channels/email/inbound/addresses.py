"""Addresses in reports."""

from __future__ import annotations

import re

ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-][A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z0-9-]{1,63}"
)
MAX_LINE = 1_000


def addresses_in(text: str) -> list[str]:
    """Every address in a text, in order."""
    return [clean(match) for match in ADDRESS.findall(text[:MAX_LINE])]


def address_in(text: str) -> str:
    """The last address of a field like `rfc822; Name <a@b>`, or ""."""
    bracketed = re.findall(r"<([^<>\s]{1,320})>", text[:MAX_LINE])
    among = addresses_in(bracketed[-1]) if bracketed else addresses_in(text.rpartition(";")[2])
    return among[-1] if among else ""


def clean(address: str) -> str:
    """Without the quotation marks that text puts around it."""
    return address.strip("'`\"").removeprefix("mailto:")
