"""Which identifiers an event brings: its own ids, traits that identify, and external ids (Segment Unify's form)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from rapport.events.services.envelope import EMPTY, Event, decode_object
from rapport.people import identity_types
from rapport.people.normalise import normalise
from rapport.people.queries import named_by

Identifier = tuple[str, str]
EXTERNAL = b'"externalIds"'


def traits_of(event: Event) -> dict[str, Any]:
    """The traits an identify call brings; RudderStack's clients put them into the context."""
    traits = decode_object(event.traits) if event.traits != EMPTY else {}
    if event.type == "identify" and b'"traits"' in bytes(event.context):
        inner = decode_object(event.context).get("traits")
        if isinstance(inner, dict):
            traits = {**inner, **traits}
    return traits


def identifiers_of(event: Event, *, external: bool = True) -> Sequence[Identifier]:
    """Normalised identifiers, strongest first; placeholders are left out. Not `external`: it has no external ids."""
    rules = identity_types.refresh()
    external = external and EXTERNAL in bytes(event.context)
    if event.type == "identify":
        traits = traits_of(event)
        more = [(kind, traits.get(trait)) for kind, trait in rules.traits]
    elif event.type == "alias":
        more = [("user_id" if _looks_known(event.other_id) else "anonymous_id", event.other_id)]
    elif external:
        more = []
    else:
        return _plain(event.user_id, event.anonymous_id, rules.version)
    raw: list[tuple[str, Any]] = [("user_id", event.user_id), ("anonymous_id", event.anonymous_id), *more]
    if external:
        raw += _external(decode_object(event.context).get("externalIds"))
    return rules.ordered(_usable(raw))


@lru_cache(maxsize=100_000)
def _plain(user_id: str, anonymous_id: str, _version: int) -> Sequence[Identifier]:
    """Most events carry nothing else, and the same person sends many."""
    return tuple(_usable((("user_id", user_id), ("anonymous_id", anonymous_id))))


def _usable(raw: Iterable[tuple[str, Any]]) -> list[Identifier]:
    return [(kind, value) for kind, given in raw if given and (value := normalise(kind, given))]


def _external(given: Any) -> list[tuple[str, Any]]:
    """`context.externalIds`: [{id, type, collection: "users", encoding: "none"}]; others than users' are skipped."""
    if not isinstance(given, list):
        return []
    return [
        (str(identifier.get("type") or ""), identifier.get("id"))
        for identifier in given[:50]
        if isinstance(identifier, dict)
        and identifier.get("collection") in (None, "", "users")
        and identifier.get("encoding") in (None, "", "none")
    ]


def _looks_known(previous: str) -> bool:
    """An alias's previousId may be either; it is a user id if one of that spelling exists."""
    return bool(named_by([("user_id", previous)]))
