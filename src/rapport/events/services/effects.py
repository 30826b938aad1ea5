"""What an event means beyond being stored: traits, companies, consents."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
from django.db import connection

from rapport.events.services import consents
from rapport.events.services.envelope import EMPTY, Event, decode_object
from rapport.people.normalise import normalise
from rapport.people.queries import survivor_of
from rapport.people.services.companies import GroupCall, apply_groups
from rapport.people.services.profile import TraitUpdate, apply_traits

if TYPE_CHECKING:
    from rapport.events.services.stream import Item

survivors = survivor_of


def traits_of(event: Event) -> dict[str, Any]:
    """The traits an identify call brings; RudderStack's clients put them into the context."""
    traits = decode_object(event.traits) if event.traits != EMPTY else {}
    if event.type == "identify" and b'"traits"' in bytes(event.context):
        inner = decode_object(event.context).get("traits")
        if isinstance(inner, dict):
            traits = {**inner, **traits}
    return traits


def identifiers_of(event: Event) -> Sequence[tuple[str, str]]:
    """Normalised identifiers, strongest first; placeholders are left out."""
    if event.type == "identify":
        traits = traits_of(event)
        return _identified(event, [("email", traits.get("email")), ("phone", traits.get("phone"))])
    if event.type == "alias":
        kind = "user_id" if _looks_known(event.other_id) else "anonymous_id"
        return _identified(event, [(kind, event.other_id)])
    return _plain(event.user_id, event.anonymous_id)


def _identified(event: Event, more: list[tuple[str, Any]]) -> Sequence[tuple[str, str]]:
    raw: list[tuple[str, Any]] = [("user_id", event.user_id), *more, ("anonymous_id", event.anonymous_id)]
    found = [(kind, value) for kind, given in raw if given and (value := normalise(kind, given))]
    return list(dict.fromkeys(found))


@lru_cache(maxsize=100_000)
def _plain(user_id: str, anonymous_id: str) -> Sequence[tuple[str, str]]:
    """Most events carry nothing else, and the same person sends many."""
    raw = (("user_id", user_id), ("anonymous_id", anonymous_id))
    return tuple((kind, value) for kind, given in raw if given and (value := normalise(kind, given)))


def _looks_known(previous: str) -> bool:
    """An alias's previousId may be either; it is a user id if one of that spelling exists."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM people_identifier WHERE type = 'user_id' AND value = %s", [previous])
        return cursor.fetchone() is not None


def apply(items: Sequence[Item]) -> set[uuid.UUID]:
    """Applies traits, memberships in companies and consents; returns the persons whose profile changed."""
    updates, groups = [], []
    for item in items:
        event = item.event
        if event.type == "identify" and item.person_id:
            updates.append(
                TraitUpdate(item.person_id, traits_of(event), event.at, item.source, event.message_id)
            )
        elif event.type == "group" and item.person_id:
            groups.append(
                GroupCall(
                    event.other_id, item.person_id, traits_of(event), event.at, item.source, event.message_id
                )
            )
    changed = apply_groups(groups)
    changed |= apply_traits(updates)
    changed |= consents.record(items)
    return changed


def stored_properties(event: Event) -> msgspec.Raw:
    """What stands under `properties` in the store: for identify and group calls, their traits."""
    return event.traits if event.type in {"identify", "group"} else event.properties
