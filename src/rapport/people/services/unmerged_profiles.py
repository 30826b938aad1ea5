"""What each person of a merged family would be unmerged, so that a merge can be taken back fact by fact."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from rapport.core import sql
from rapport.people.models import Person, UnmergedProfile
from rapport.people.services import policy as policies
from rapport.people.services.traits import Origins, State, merged_facts
from rapport.people.values.schema import PERSON


def keep(people: Iterable[Person]) -> None:
    """Notes what persons are by themselves before their first merge; later calls change nothing."""
    UnmergedProfile.objects.bulk_create(
        [
            UnmergedProfile(
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
    UnmergedProfile.objects.filter(person_id__in=list(person_ids)).update(pinned=True)


def learn(additions: Sequence[tuple[uuid.UUID, dict[str, Any], Origins]]) -> None:
    """Lays (home, traits, facts) over the profiles of those homes that have one. In the caller's transaction."""
    homes = {home for home, _, _ in additions}
    if not homes:
        return
    profiles = {
        profile.person_id: profile
        for profile in UnmergedProfile.objects.select_for_update()
        .filter(person_id__in=homes)
        .order_by("person_id")
    }
    if not profiles:
        return
    priority = policies.current(PERSON).priority
    for home, traits, new in additions:
        if profile := profiles.get(home):
            state = merged_facts((profile.traits, profile.trait_facts), (traits, new), priority)
            profile.traits, profile.trait_facts = state
    sql.run(
        "UPDATE people_unmergedprofile p SET traits = n.traits::jsonb, trait_facts = n.facts::jsonb"
        " FROM unnest(%b::uuid[], %b::text[], %b::text[]) AS n (id, traits, facts) WHERE p.person_id = n.id",
        [
            list(profiles),
            [json.dumps(profile.traits) for profile in profiles.values()],
            [json.dumps(profile.trait_facts) for profile in profiles.values()],
        ],
    )


def together(profiles: Sequence[UnmergedProfile]) -> State:
    """The traits and facts of several profiles laid over one another; the order does not matter."""
    state: State = ({}, {})
    priority = policies.current(PERSON).priority
    for profile in profiles:
        state = merged_facts(state, (profile.traits, profile.trait_facts), priority)
    return state


def without_profiles(state: State, profiles: Sequence[UnmergedProfile]) -> State:
    """What of `state` no profile brought: set by hand, computed, or from before profiles were kept."""
    traits, origins = state
    of_profiles = [profile.trait_facts for profile in profiles]
    rest = {
        name: fact
        for name, fact in origins.items()
        if all(_key(facts_of.get(name)) != _key(fact) for facts_of in of_profiles)
    }
    return {name: traits[name] for name in rest if name in traits}, rest


def _key(fact: dict[str, Any] | None) -> tuple[Any, Any]:
    return (fact.get("at"), fact.get("message_id")) if fact else (None, None)
