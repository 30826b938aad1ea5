"""The sure groups of a search made one each, many in a transaction: a first search may find a hundred thousand."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from django.db import transaction

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.permissions import Reach
from rapport.core.services import audit
from rapport.people import queries as people_queries
from rapport.people.models import Merge
from rapport.people.services import merging
from rapport.quality.matching.services import decisions
from rapport.quality.models import MatchCandidate, MatchDecision

Rank = tuple[Any, ...]
# Behind everybody whom the database knows.
LAST: Rank = (1,)


def ranks(people: Collection[uuid.UUID]) -> dict[uuid.UUID, Rank]:
    """Who should survive, lowest first: known by a customer number, then by more identifiers, then first seen."""
    rows = people_queries.how_known(people)
    return {id_: (0, -numbers, -identifiers, first, id_) for id_, numbers, identifiers, first in rows}


@transaction.atomic
def join(
    *, actor: Actor, groups: list[set[uuid.UUID]], clock: Clock = SYSTEM
) -> tuple[int, list[set[uuid.UUID]]]:
    """Merges groups of persons along their undecided pairs; returns (merges, groups that could not be merged whole).

    No person may be in two groups. Each merge is decided, journalled and audited as `decisions.decide` does it.
    """
    actor.require("people.edit", Reach.ALL)
    rank = ranks({member for group in groups for member in group})
    open_pairs = _open_pairs(groups)
    trees = [_tree(group, rank, pairs) for group, pairs in zip(groups, open_pairs, strict=True)]
    wanted = [
        merging.Group(
            survivor=min(group, key=lambda pair: rank.get(pair, LAST)),
            others=tuple((outside, _evidence(pair)) for pair, _inside, outside in tree),
        )
        for group, tree in zip(groups, trees, strict=True)
        if len(tree) == len(group) - 1
    ]
    merges = merging.merge_groups(actor=actor, groups=wanted, rule=decisions.RULE, clock=clock)
    _decide(actor, [step for tree in trees for step in tree if step[2] in merges], merges, clock)
    return len(merges), [group for group in groups if not group & merges.keys()]


Step = tuple[MatchCandidate, uuid.UUID, uuid.UUID]


def _open_pairs(groups: list[set[uuid.UUID]]) -> list[list[MatchCandidate]]:
    """The undecided pairs within each group, locked, likeliest first."""
    place = {member: number for number, group in enumerate(groups) for member in group}
    open_pairs: list[list[MatchCandidate]] = [[] for _ in groups]
    decided = MatchDecision.objects.filter(candidate__one_id__in=place, candidate__other_id__in=place)
    pairs = MatchCandidate.objects.filter(one_id__in=place, other_id__in=place).order_by("pk")
    decided_ids = set(decided.values_list("candidate_id", flat=True))
    for pair in pairs.select_for_update():
        if pair.pk not in decided_ids and place[pair.one_id] == place[pair.other_id]:
            open_pairs[place[pair.one_id]].append(pair)
    return [sorted(pairs, key=lambda pair: (-pair.probability, pair.pk)) for pairs in open_pairs]


def _tree(group: set[uuid.UUID], rank: dict[uuid.UUID, Rank], pairs: list[MatchCandidate]) -> list[Step]:
    """(pair, who is reached already, who is reached by it), from the best-known member along the likeliest pairs."""
    reached, steps = {min(group, key=lambda pair: rank.get(pair, LAST))}, []
    while pair := next(
        (pair for pair in pairs if (pair.one_id in reached) != (pair.other_id in reached)), None
    ):
        inside, outside = (
            (pair.one_id, pair.other_id) if pair.one_id in reached else (pair.other_id, pair.one_id)
        )
        steps.append((pair, inside, outside))
        reached.add(outside)
    return steps


def _evidence(pair: MatchCandidate) -> dict[str, Any]:
    return {"probability": pair.probability, "likeness": pair.evidence}


def _decide(actor: Actor, steps: list[Step], merges: dict[uuid.UUID, Merge], clock: Clock) -> None:
    MatchDecision.objects.bulk_create(
        MatchDecision(
            candidate=pair,
            probability=pair.probability,
            decided_at=clock.now(),
            verdict=MatchDecision.Verdict.MERGED,
            automatic=True,
            survivor_id=inside,
            merge_id=merges[outside].pk,
            decided_by=actor.label[:254],
        )
        for pair, inside, outside in steps
    )
    audit.record_many(
        actor=actor,
        action="matching.merged",
        object_type="match_candidate",
        lines=[
            (pair.pk, {"one": str(pair.one_id), "other": str(pair.other_id), "automatic": True})
            for pair, _inside, _outside in steps
        ],
        clock=clock,
    )
