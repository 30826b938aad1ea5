"""One rule of which key a name means: `emailAddress`, `Email` and `E-MAIL` are `email`, wherever somebody writes it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache

from rapport.people.values.schema import PREDEFINED, Definition


@lru_cache(maxsize=20_000)
def folded(name: str) -> str:
    """A name without regard to case and to what parts its words."""
    return "".join(char for char in name.casefold() if char.isalnum())


def spellings(definitions: Iterable[Definition], identifying: Collection[str] = ()) -> dict[str, str]:
    """{folded name: key} of the traits that come with Rapport or identify, by their keys and aliases.

    Of other traits that the business made, the name is theirs: `Plan` and `plan` may be two.
    """
    predefined = {definition.key for group in PREDEFINED.values() for definition in group}
    return {folded(key): key for key in identifying} | {
        folded(name): definition.key
        for definition in definitions
        if definition.key in predefined or definition.key in identifying
        for name in (*definition.aliases, definition.key)
    }
