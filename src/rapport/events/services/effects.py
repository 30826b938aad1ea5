"""What an event means beyond being stored: traits, companies, consents."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from django.db import connection

from rapport.events.services import consents
from rapport.events.services.envelope import Event
from rapport.events.services.identifiers import identifiers_of, traits_of
from rapport.people.queries import survivor_of
from rapport.people.services import company_merging, parts
from rapport.people.services.profile import TraitUpdate, apply_traits
from rapport.people.services.traits import laid_over, usable

if TYPE_CHECKING:
    from rapport.events.services.stream import Item

COMPANIES = uuid.UUID("0d1cf3ba-4a0b-5a55-8b1c-0c6d5a3c0c11")
survivors = survivor_of
__all__ = ["apply", "identifiers_of", "stored_properties", "survivors", "traits_of"]


def apply(items: Sequence[Item]) -> set[uuid.UUID]:
    """Applies traits, memberships in companies and consents; returns the persons whose profile changed."""
    updates, changed = [], set()
    for item in items:
        event = item.event
        if event.type == "identify" and item.person_id:
            updates.append(
                TraitUpdate(item.person_id, traits_of(event), event.at, item.source, event.message_id)
            )
        elif event.type == "group" and item.person_id:
            _join_company(item, item.person_id)
            changed.add(item.person_id)
    changed |= apply_traits(updates)
    _learn(items)
    changed |= consents.record(items)
    return changed


def _learn(items: Sequence[Item]) -> None:
    """Notes, for persons of merged families, which of them each fact is about, in case they are parted."""
    facts = []
    for item in items:
        if item.event.type == "identify" and item.home_id:
            event = item.event
            at = event.at.astimezone(dt.UTC).isoformat(timespec="microseconds")
            fact = {"at": at, "source": item.source, "message_id": event.message_id}
            facts.append((item.home_id, *laid_over(({}, {}), usable(traits_of(event)), fact)))
    parts.learn(facts)


def _join_company(item: Item, person_id: uuid.UUID) -> None:
    """The company of that id learns and has a new member; so has the one it was merged into, if any."""
    own = uuid.uuid5(COMPANIES, item.event.other_id)
    _teach_company(own, item, person_id)
    traits = traits_of(item.event)
    company_merging.note_domain(own, traits)
    at = item.event.at.isoformat()
    fact = {"at": at, "source": item.source, "message_id": item.event.message_id}
    company_merging.learn(own, person_id, traits, fact)
    if (survivor := company_merging.survivor_of(own)) != own:
        _teach_company(survivor, item, person_id)


def _teach_company(company: uuid.UUID, item: Item, person_id: uuid.UUID) -> None:
    event = item.event
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO people_company (id, group_id, name, traits, trait_facts, created_at, updated_at)"
            " VALUES (%s, %s, '', '{}', '{}', now(), now()) ON CONFLICT DO NOTHING",
            [company, event.other_id],
        )
        cursor.execute("SELECT traits, trait_facts FROM people_company WHERE id = %s FOR UPDATE", [company])
        row = cursor.fetchone()
        state = tuple(json.loads(value) if isinstance(value, str) else value for value in row)
        fact = {"at": event.at.isoformat(), "source": item.source, "message_id": event.message_id}
        traits, facts = laid_over((state[0], state[1]), traits_of(event), fact)
        name = str(traits.get("name") or "")[:254]
        cursor.execute(
            "UPDATE people_company SET traits = %s, trait_facts = %s, name = %s, updated_at = now() WHERE id = %s",
            [json.dumps(traits), json.dumps(facts), name, company],
        )
        cursor.execute(
            "INSERT INTO people_companymember (company_id, person_id, since) VALUES (%s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [company, person_id, event.at],
        )


def stored_properties(event: Event) -> msgspec.Raw:
    """What stands under `properties` in the store: for identify and group calls, their traits."""
    return event.traits if event.type in {"identify", "group"} else event.properties
