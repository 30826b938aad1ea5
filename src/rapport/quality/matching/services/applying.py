"""A search's result into the database: pairs proposed, the sure ones merged."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.db import transaction

from rapport.core import sql
from rapport.core.access import Actor, system
from rapport.core.clock import Clock
from rapport.quality.matching.services import decisions, joining
from rapport.quality.models import MatchCandidate, MatchPolicy, MatchRun

BATCH = 5_000
GROUPS_AT_ONCE = 100
Report = Callable[[float], None]

_UPSERT = """
INSERT INTO quality_matchcandidate (run_id, kind, one_id, other_id, probability, weight, evidence, held_back,
    contradicts)
SELECT %b, %b, n.one, n.other, n.probability, n.weight, n.evidence::jsonb, n.held, n.contra
FROM unnest(%b::uuid[], %b::uuid[], %b::float8[], %b::float8[], %b::text[], %b::bool[], %b::bool[])
    AS n (one, other, probability, weight, evidence, held, contra)
ON CONFLICT (one_id, other_id) DO UPDATE SET run_id = excluded.run_id, probability = excluded.probability,
    weight = excluded.weight, evidence = excluded.evidence, held_back = excluded.held_back,
    contradicts = excluded.contradicts
"""
# What a full search does not find any more, and nobody decided, is no duplicate any more.
_STALE = """
DELETE FROM quality_matchcandidate c WHERE c.kind = %b AND c.run_id <> %b
    AND NOT EXISTS (SELECT 1 FROM quality_matchdecision d WHERE d.candidate_id = c.id)
"""


def apply(run: MatchRun, pairs: Path, result: dict[str, Any], report: Report, clock: Clock) -> None:
    """Writes what a search found. Run twice, the second changes nothing."""
    clusters: dict[str, set[uuid.UUID]] = defaultdict(set)
    written = 0
    for rows in _batches(pairs):
        sql.run(_UPSERT, [run.pk, run.kind, *_columns(rows)])
        for row in rows:
            if row["cluster"]:
                clusters[row["cluster"]] |= {uuid.UUID(row["one"]), uuid.UUID(row["other"])}
        written += len(rows)
        report(0.3 * written / max(result["proposed"], 1))
    if run.since is None:
        sql.run(_STALE, [run.kind, run.pk])
        MatchPolicy.objects.update_or_create(
            pk=run.kind, defaults={"parameters": result["parameters"], "learned_at": clock.now()}
        )
    _keep_counts(run, result)
    if run.merges_itself and result["trained"]:
        run.merged = _merge(run, list(clusters.values()), report, clock)
        run.save(update_fields=["merged"])


def _batches(path: Path) -> Iterator[list[dict[str, Any]]]:
    import pyarrow.parquet as pq

    for batch in pq.ParquetFile(path).iter_batches(BATCH):
        yield batch.to_pylist()


def _columns(rows: list[dict[str, Any]]) -> list[list[Any]]:
    names = ("one", "other", "probability", "weight", "evidence", "held_back", "contradicts")
    return [[row[name] for row in rows] for name in names]


def _keep_counts(run: MatchRun, result: dict[str, Any]) -> None:
    names = ("records", "pairs", "proposed", "held_back", "skipped_blocks")
    for name in names:
        setattr(run, name, result[name])
    run.parameters = {
        "trained": result["trained"],
        "share": result["share"],
        "seconds": result["seconds"],
        "peak_mb": result["peak_mb"],
    }
    run.save(update_fields=[*names, "parameters"])


def _merge(run: MatchRun, clusters: list[set[uuid.UUID]], report: Report, clock: Clock) -> int:
    """Merges each group into its best-known member; returns how many merges that were.

    Many groups share a transaction. Those with something in the way are gone through pair by pair.
    """
    actor = system(f"search for duplicates {run.pk}")
    merged = 0
    for first in range(0, len(clusters), GROUPS_AT_ONCE):
        report(0.3 + 0.7 * first / len(clusters))
        groups = clusters[first : first + GROUPS_AT_ONCE]
        if run.kind == "person":
            done, groups = joining.join(actor=actor, groups=groups, clock=clock)
            merged += done
        merged += sum(_merge_group(run, actor, members, clock) for members in groups)
    return merged


def _merge_group(run: MatchRun, actor: Actor, members: set[uuid.UUID], clock: Clock) -> int:
    pairs = {
        frozenset((pair.one_id, pair.other_id)): pair
        for pair in MatchCandidate.objects.filter(
            one_id__in=members, other_id__in=members, decisions__isnull=True
        ).order_by("probability")
    }
    order = best_first(run.kind, members)
    reached, merged = {order[0]}, 0
    while open_pairs := [pair for key, pair in pairs.items() if len(key & reached) == 1]:
        pair = max(open_pairs, key=lambda pair: pair.probability)
        inside = pair.one_id if pair.one_id in reached else pair.other_id
        outside = pair.other_id if inside == pair.one_id else pair.one_id
        del pairs[frozenset((pair.one_id, pair.other_id))]
        try:
            with transaction.atomic():
                decisions.decide(
                    actor=actor,
                    candidate=pair,
                    verdict="merged",
                    survivor_id=inside,
                    automatic=True,
                    clock=clock,
                )
        except decisions.CannotDecide:
            continue
        reached.add(outside)
        merged += 1
    return merged


def best_first(kind: str, members: set[uuid.UUID]) -> list[uuid.UUID]:
    """Who should survive, best first: known by a customer number, then by more identifiers, then first seen."""
    if kind != "person":
        return sorted(members)
    rank = joining.ranks(members)
    return sorted(members, key=lambda pair: rank.get(pair, joining.LAST))


def survivors(candidates: list[MatchCandidate]) -> dict[int, uuid.UUID]:
    """{candidate id: who should survive}."""
    return {pair.pk: best_first(pair.kind, {pair.one_id, pair.other_id})[0] for pair in candidates}
