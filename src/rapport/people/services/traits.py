"""Traits: which of two values is newer, and what of them stands in the person's own columns.

Pure functions; the newest value by the time of its event wins, whatever the order of arrival, and equal times
are decided by message id, so that every order gives the same profile.
"""

from __future__ import annotations

from typing import Any

Facts = dict[str, dict[str, Any]]
State = tuple[dict[str, Any], Facts]
MAX_NAME = 100


def newer(fact: dict[str, Any], than: dict[str, Any] | None) -> bool:
    """Whether `fact` overrides `than`. Facts are {"at": ISO text in UTC, "message_id": text, …}."""
    if than is None:
        return True
    return (fact["at"], fact.get("message_id", "")) > (than["at"], than.get("message_id", ""))


def laid_over(state: State, values: dict[str, Any], fact: dict[str, Any]) -> State:
    """The state with `values` (all of the same event) where they are newer. A null removes the trait."""
    traits, facts = dict(state[0]), dict(state[1])
    for name, value in values.items():
        if not newer(fact, facts.get(name)):
            continue
        facts[name] = fact
        if value is None:
            traits.pop(name, None)
        else:
            traits[name] = value
    return traits, facts


def merged_facts(one: State, other: State) -> State:
    """Trait by trait, the newer of two states."""
    traits, facts = dict(one[0]), dict(one[1])
    for name, fact in other[1].items():
        if not newer(fact, facts.get(name)):
            continue
        facts[name] = fact
        if name in other[0]:
            traits[name] = other[0][name]
        else:
            traits.pop(name, None)
    return traits, facts


def denormalised(traits: dict[str, Any]) -> tuple[str, str]:
    """(name, e-mail) for lists and search, from the traits' usual spellings."""
    name = _text(traits.get("name"))
    if not name:
        first = _text(traits.get("first_name") or traits.get("firstName"))
        last = _text(traits.get("last_name") or traits.get("lastName"))
        name = f"{first} {last}".strip()
    return name[:254], _text(traits.get("email")).lower()[:254]


def usable(traits: dict[str, Any]) -> dict[str, Any]:
    """Traits whose names can be kept: not empty, at most 100 characters."""
    return {name: value for name, value in traits.items() if name and len(name) <= MAX_NAME}


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
