"""Strict JSON parser: what passes here cannot break a database further down."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest
from ninja.parser import Parser

MAX_DEPTH = 40


class Refused(ValueError):
    """The body is JSON, but nested too deeply or with a NUL character."""


class StrictParser(Parser):
    """Refuses NaN, invalid UTF-8, lone surrogates, NUL, and nesting deeper than `MAX_DEPTH`."""

    def parse_body(self, request: HttpRequest) -> Any:
        value = msgspec.json.decode(request.body)
        check(value)
        return value


def check(value: Any, depth: int = 0) -> None:
    """Raises Refused."""
    if depth > MAX_DEPTH:
        raise Refused("nested too deeply")
    if isinstance(value, str):
        if "\x00" in value:
            raise Refused("NUL character")
    elif isinstance(value, dict):
        for key, inner in value.items():
            check(key, depth)
            check(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            check(inner, depth + 1)
