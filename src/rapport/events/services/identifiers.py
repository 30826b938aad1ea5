"""Which identifiers an event brings: its own ids, traits that identify, and external ids (Segment Unify's form)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from rapport.events.services.envelope import EMPTY, Event, decode_object
from rapport.people import identity_types
from rapport.people.normalise import normalise, refusal
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


def addresses_of(event: Event) -> dict[str, Any]:
    """The traits among an identify call's external ids, such as the e-mail address, that it names nowhere else."""
    if event.type != "identify" or EXTERNAL not in bytes(event.context):
        return {}
    rules = identity_types.current()
    stated = dict(rules.among(traits_of(event)))
    return {
        rule.trait: value
        for kind, value in _external(decode_object(event.context).get("externalIds"))
        if (rule := rules.by_key.get(kind)) and rule.trait and kind not in stated
    }


def identifiers_of(event: Event, *, external: bool = True) -> Sequence[Identifier]:
    """Normalised identifiers, strongest first; placeholders are left out. Not `external`: it has no external ids."""
    rules = identity_types.refresh()
    external = external and EXTERNAL in bytes(event.context)
    if event.type == "identify":
        traits = traits_of(event)
        more = rules.among(traits)
    elif event.type == "alias":
        more = list(_previous(event.other_id))
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


def why_nobody(event: Event) -> str:
    """Why an event is nobody's, in words."""
    if event.person_id is not None:
        return "The person it is about is gone."
    given = (("userId", "user_id", event.user_id), ("anonymousId", "anonymous_id", event.anonymous_id))
    reasons = [f"{name}: {refusal(kind, value)}" for name, kind, value in given if value]
    return f"No usable identifier. {'; '.join(reasons)}."


def _external(given: Any) -> list[tuple[str, Any]]:
    """`context.externalIds`: [{id, type, collection: "users", encoding: "none"}]; others than users' are skipped."""
    if not isinstance(given, list):
        return []
    types = identity_types.current()
    return [
        (types.type_of(str(identifier.get("type") or "")), identifier.get("id"))
        for identifier in given[:50]
        if isinstance(identifier, dict)
        and identifier.get("collection") in (None, "", "users")
        and identifier.get("encoding") in (None, "", "none")
    ]


def _previous(value: str) -> list[Identifier]:
    """An alias's previous id, which may be a user id or an anonymous one: both, unless it has been met as one."""
    kinds = [(kind, value) for kind in ("user_id", "anonymous_id")]
    return [identifier for identifier in kinds if named_by([identifier])] or kinds
