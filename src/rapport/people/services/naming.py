"""Identifiers as programs and colleagues give them, made into those that are kept."""

from __future__ import annotations

from typing import Any

from rapport.people import identity_types
from rapport.people.normalise import normalise, refusal


def naming(
    identifiers: list[tuple[str, str]], traits: dict[str, Any]
) -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """The identifiers as they are kept, and the traits with the addresses that were given as identifiers only.

    Raises ValueError for a value that identifies nobody.
    """
    rules = identity_types.refresh()
    named: list[tuple[str, str]] = []
    stated = dict(rules.among(traits))
    for name, raw in identifiers:
        kind = rules.type_of(name)
        value = normalise(kind, raw)
        if value is None:
            raise ValueError(f"{name}: {refusal(kind, raw)}")
        named.append((kind, value))
        if (trait := rules.by_key[kind].trait) and kind not in stated:
            traits = {**traits, trait: value}
    return named, traits
