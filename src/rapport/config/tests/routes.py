"""Every page of the program with an address that leads to it, read from the URL conf."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, get_resolver
from django.urls.converters import IntConverter, UUIDConverter
from django.urls.resolvers import RegexPattern

NOBODY = "00000000-0000-4000-8000-000000000000"
# Arguments that choose among a few words rather than name a record.
WORDS = {"entity": "person", "verb": "start", "what": "start", "step": "start", "motif": "jug", "tint": "1"}


@dataclass(frozen=True)
class Route:
    """A named page: `permission` is what its view declares; None where it declares nothing."""

    name: str
    pattern: str
    arguments: dict[str, object]
    permission: str | None

    @property
    def path(self) -> str:
        """Its address with arguments of records that do not exist."""
        path = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", self.pattern).replace("^", "").replace("$", "")
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda match: self._value(match[1]), path)

    def _value(self, argument: str) -> str:
        converter = self.arguments[argument]
        if argument in WORDS:
            return WORDS[argument]
        if isinstance(converter, UUIDConverter):
            return NOBODY
        return "99999999" if isinstance(converter, IntConverter) or converter == "regex" else "nothing"


def pages() -> list[Route]:
    """The program's own pages; the API has a test of its own, and allauth's belong to allauth."""
    return sorted(_walk(get_resolver(), "", ""), key=lambda route: route.name)


def _walk(resolver, namespace: str, prefix: str) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        pattern = f"{prefix}{entry.pattern}"
        if not isinstance(entry, URLPattern):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            if entry.namespace != "api":
                yield from _walk(entry, inner, pattern)
        elif entry.callback.__module__.startswith("rapport.") and entry.name:
            yield Route(
                f"{namespace}{entry.name}",
                pattern,
                _arguments(entry),
                getattr(entry.callback, "permission", None),
            )


def _arguments(entry: URLPattern) -> dict[str, object]:
    if isinstance(entry.pattern, RegexPattern):
        return dict.fromkeys(entry.pattern.regex.groupindex, "regex")
    return dict(entry.pattern.converters)


@functools.cache
def document() -> dict[str, Any]:
    """The OpenAPI document, its paths without /api/v1; shared by all tests of a process, since it takes a second."""
    from rapport.config.api import api

    return api.get_openapi_schema(path_prefix="")
