"""What properties look like: their paths, their types, and whether they seem to say who somebody is."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Any

MAX_PATHS = 300
MAX_PATH = 200
_TYPES = {str: "string", bool: "boolean", int: "number", float: "number", list: "array", dict: "object"}
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[a-z]{2,}", re.IGNORECASE)
_PHONE = re.compile(r"\+\d[\d\s().-]{6,20}\d")
_NAMES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("email", re.compile(r"(^|_)e_?mails?(_address)?$")),
    ("phone", re.compile(r"(^|_)(phone|mobile|telephone|fax|msisdn)(_number)?$")),
    (
        "name",
        re.compile(r"(^|_)((first|last|full|given|family|middle|customer|contact|recipient)_?name|surname)$"),
    ),
    ("ip", re.compile(r"(^|_)(ip|ip_?address)$")),
    (
        "address",
        re.compile(
            r"(^|_)(street|address_?(line)?_?\d?|house_?number|post_?code|zip_?code|zip|postal_?code)$"
        ),
    ),
    ("birth", re.compile(r"(^|_)(birth_?(day|date)|date_?of_?birth|dob)$")),
    ("number", re.compile(r"(^|_)(passport|iban|ssn|national_?id|tax_?id|card_?number)(_number)?$")),
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def kind_of(value: Any) -> str:
    """JSON Schema's word for the type of a decoded value."""
    return _TYPES.get(type(value), "null")


def paths(fields: dict[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """(path, value) of every property, those within objects and lists too: `products[].sku`, `rows[][].mail`."""
    for name, value in fields.items():
        path = f"{prefix}{name}"
        if len(path) > MAX_PATH:
            continue
        yield path, value
        yield from _below(value, path, depth)


def _below(value: Any, path: str, depth: int) -> Iterator[tuple[str, Any]]:
    if depth >= 4:
        return
    if isinstance(value, dict):
        yield from paths(value, f"{path}.", depth + 1)
    elif isinstance(value, list):
        for entry in value[:20]:
            yield from _below(entry, f"{path}[]", depth + isinstance(entry, list))


def personal_by_name(path: str) -> str:
    """Which kind of personal data a property's name promises, or nothing."""
    last = path.rsplit(".", 1)[-1]
    word = re.sub(r"[^a-z0-9]+", "_", _CAMEL.sub("_", last).lower()).strip("_")
    return next((kind for kind, pattern in _NAMES if pattern.search(word)), "")


def personal_by_value(value: Any) -> str:
    """Which kind of personal data a value is by its form, or nothing."""
    if not isinstance(value, str) or not 3 < len(value) < 320:
        return ""
    if _EMAIL.fullmatch(value.strip()):
        return "email"
    if _PHONE.fullmatch(value.strip()):
        return "phone"
    return "ip" if _is_address(value) else ""


def _is_address(value: str) -> bool:
    if not (value.count(".") == 3 or value.count(":") >= 2):
        return False
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True
