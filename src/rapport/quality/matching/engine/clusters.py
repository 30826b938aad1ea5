"""Which records are one: links in order of strength, unless the groups they would join hardly know each other."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

Pair = tuple[Hashable, Hashable, float]
# Of all pairs between two groups, so many must look alike before a single strong link may join the groups.
SUPPORT = 0.2
LARGEST = 50
NEVER = -(10**12)


@dataclass(slots=True)
class Clusters:
    """`of` names the cluster of each record that has one; `held_back` are links a person should look at."""

    of: dict[Hashable, Hashable] = field(default_factory=dict)
    held_back: list[Pair] = field(default_factory=list)

    def groups(self) -> list[list[Hashable]]:
        members: dict[Hashable, list[Hashable]] = defaultdict(list)
        for record, cluster in self.of.items():
            members[cluster].append(record)
        return list(members.values())


def cluster(
    pairs: Iterable[Pair],
    *,
    threshold: float,
    likely: float = 0.5,
    support: float = SUPPORT,
    largest: int = LARGEST,
    apart: Iterable[tuple[Hashable, Hashable]] = (),
) -> Clusters:
    """Joins records along pairs of at least `threshold`, strongest first.

    A link between two groups counts only when at least `support` of all pairs between them are `likely` or
    better (a chain A–B–C through one poor record B is what glues strangers), and when the result has at most
    `largest` records, and when nobody said of two of them that they are `apart`. Links that are refused are
    held back for review.
    """
    likely_pairs = [pair for pair in pairs if pair[2] >= likely]
    members, root, near = _graph(likely_pairs)
    for left, right in apart:
        near[left][right] = near[right][left] = NEVER
    strong = [
        (-weight, str(first), str(other), first, other)
        for first, other, weight in likely_pairs
        if weight >= threshold
    ]
    heapq.heapify(strong)
    refused: list[Pair] = []
    while strong:
        weight, _, _, left, right = heapq.heappop(strong)
        first, second = root[left], root[right]
        if first == second:
            continue
        size = len(members[first]), len(members[second])
        if near[first][second] < support * size[0] * size[1] or sum(size) > largest:
            refused.append((left, right, -weight))
            continue
        _join(first, second, members, root, near)
    of = {record: root[record] for record in root if len(members[root[record]]) > 1}
    return Clusters(of, [(a, b, p) for a, b, p in refused if root[a] != root[b]])


def _graph(
    pairs: Iterable[Pair],
) -> tuple[dict[Hashable, set[Hashable]], dict[Hashable, Hashable], dict[Hashable, dict[Hashable, int]]]:
    """Every record as a group of its own, whose group it is in, and how many likely pairs there are between groups."""
    members: dict[Hashable, set[Hashable]] = {}
    root: dict[Hashable, Hashable] = {}
    near: dict[Hashable, dict[Hashable, int]] = defaultdict(lambda: defaultdict(int))
    for first, other, _ in pairs:
        near[first][other] += 1
        near[other][first] += 1
        for record in (first, other):
            root.setdefault(record, record)
            members.setdefault(record, {record})
    return members, root, near


def _join(
    first: Hashable,
    second: Hashable,
    members: dict[Hashable, set[Hashable]],
    root: dict[Hashable, Hashable],
    near: dict[Hashable, dict[Hashable, int]],
) -> None:
    if len(members[first]) < len(members[second]):
        first, second = second, first
    for record in members.pop(second):
        root[record] = first
        members[first].add(record)
    for third, number in near.pop(second).items():
        del near[third][second]
        if third != first:
            near[first][third] += number
            near[third][first] += number
