"""What each person of a merged family brought by himself, so that a merge can be taken back fact by fact."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from rapport.core import sql
from rapport.people.models import Part, Person
from rapport.people.services import policy as policies
from rapport.people.services.traits import Facts, State, merged_facts
from rapport.people.values.schema import PERSON


def keep(people: Iterable[Person]) -> None:
    """Notes what persons are by themselves before their first merge; later calls change nothing."""
    Part.objects.bulk_create(
        [
            Part(
                person=person,
                traits=person.traits,
                trait_facts=person.trait_facts,
                first_seen_at=person.first_seen_at,
                last_seen_at=person.last_seen_at,
            )
            for person in people
        ],
        ignore_conflicts=True,
    )


def pin(person_ids: Iterable[uuid.UUID]) -> None:
    """Somebody chose these persons' ids; no rule takes another for them."""
    Part.objects.filter(person_id__in=list(person_ids)).update(pinned=True)


def learn(facts: Sequence[tuple[uuid.UUID, dict[str, Any], Facts]]) -> None:
    """Lays (home, traits, facts) over the parts of those homes that have one. In the caller's transaction."""
    homes = {home for home, _, _ in facts}
    if not homes:
        return
    parts = {
        part.person_id: part
        for part in Part.objects.select_for_update().filter(person_id__in=homes).order_by("person_id")
    }
    if not parts:
        return
    priority = policies.current(PERSON).priority
    for home, traits, new in facts:
        if part := parts.get(home):
            state = merged_facts((part.traits, part.trait_facts), (traits, new), priority)
            part.traits, part.trait_facts = state
    sql.run(
        "UPDATE people_part p SET traits = n.traits::jsonb, trait_facts = n.facts::jsonb"
        " FROM unnest(%b::uuid[], %b::text[], %b::text[]) AS n (id, traits, facts) WHERE p.person_id = n.id",
        [
            list(parts),
            [json.dumps(part.traits) for part in parts.values()],
            [json.dumps(part.trait_facts) for part in parts.values()],
        ],
    )


def together(parts: Sequence[Part]) -> State:
    """The traits and facts of several parts laid over one another; the order does not matter."""
    state: State = ({}, {})
    priority = policies.current(PERSON).priority
    for part in parts:
        state = merged_facts(state, (part.traits, part.trait_facts), priority)
    return state


def without_part(state: State, parts: Sequence[Part]) -> State:
    """What of `state` no part brought: set by hand, computed, or from before parts were kept."""
    traits, facts = state
    brought = [part.trait_facts for part in parts]
    rest = {
        name: fact
        for name, fact in facts.items()
        if all(_key(one.get(name)) != _key(fact) for one in brought)
    }
    return {name: traits[name] for name in rest if name in traits}, rest


def _key(fact: dict[str, Any] | None) -> tuple[Any, Any]:
    return (fact.get("at"), fact.get("message_id")) if fact else (None, None)
