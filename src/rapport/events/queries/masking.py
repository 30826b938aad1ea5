"""Hides what is flagged as personal from whoever may not see it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rapport.core.access import Actor
from rapport.events.models import EventProperty

MASK = "••••"
PERMISSION = "people.personal"
Flags = dict[str, frozenset[str]]


def flags() -> Flags:
    """{event: paths of its properties flagged as personal}."""
    rows = EventProperty.objects.filter(personal=EventProperty.Personal.YES).values_list(
        "event__name", "name"
    )
    hidden: dict[str, set[str]] = {}
    for event, path in rows:
        hidden.setdefault(event, set()).add(path)
    return {event: frozenset(paths) for event, paths in hidden.items()}


def flags_for(actor: Actor) -> Flags:
    """What is to be hidden from this actor: nothing from one who may see personal data."""
    return {} if actor.may(PERMISSION) else flags()


def masked(event: str, properties: dict[str, Any], hidden: Flags) -> dict[str, Any]:
    """The properties with •••• in the place of what is flagged."""
    paths = hidden.get(event)
    return _hidden(properties, paths) if paths else properties


def _hidden(fields: dict[str, Any], paths: frozenset[str], prefix: str = "") -> dict[str, Any]:
    flagged: dict[str, Any] = {}
    for name, value in fields.items():
        path = f"{prefix}{name}"
        if path in paths:
            flagged[name] = MASK
        else:
            flagged[name] = _hidden_within(value, paths, path)
    return flagged


def _hidden_within(value: Any, paths: frozenset[str], path: str) -> Any:
    """A value that is not flagged itself: what it holds may be, in lists and lists of lists too."""
    if isinstance(value, dict):
        return _hidden(value, paths, f"{path}.")
    if isinstance(value, list):
        inner = f"{path}[]"
        return [MASK if inner in paths else _hidden_within(entry, paths, inner) for entry in value]
    return value


def masked_context(event: str, context: dict[str, Any], hidden: Flags) -> dict[str, Any]:
    """The context likewise: RudderStack's clients put the traits of an identify call there."""
    paths, traits = hidden.get(event), context.get("traits")
    return context | {"traits": _hidden(traits, paths)} if paths and isinstance(traits, dict) else context


def blanked(value: Any) -> Any:
    """The shape of a raw payload without its values, for who may not see personal data: nobody flagged it yet."""
    if isinstance(value, dict):
        return {name: blanked(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [blanked(inner) for inner in value]
    return value if value is None or isinstance(value, bool) else MASK


def named_in(definition: Any, hidden: Flags) -> list[str]:
    """Which hidden properties a definition (of a segment, a computed trait) looks at, as its texts name them."""
    if not hidden:
        return []
    events_named = set(_texts(definition))
    # `traits.email` of the context is `email` of an identify call.
    plain = {text.replace("[]", "").removeprefix("traits.") for text in events_named}
    hidden_paths = {
        path
        for event, paths in hidden.items()
        if event in events_named
        for path in paths
        if _meets(path, plain)
    }
    return sorted(hidden_paths)


def _meets(path: str, plain: set[str]) -> bool:
    """Whether one of the texts is the path, something within it, or what holds it."""
    bare = path.replace("[]", "")
    return any(text == bare or bare.startswith(f"{text}.") or text.startswith(f"{bare}.") for text in plain)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)
