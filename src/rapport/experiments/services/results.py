"""What the counts say, in the terms of the statistics: each variant beside the first, the holdout, and who wins."""

from __future__ import annotations

from dataclasses import dataclass

from rapport.experiments.models import Experiment, Variant
from rapport.experiments.registry import message_property
from rapport.experiments.statistics import balance, sequential
from rapport.experiments.statistics.sequential import Arm, Interval, Lift


@dataclass(frozen=True, slots=True)
class Row:
    """One variant, and how it compares with the first one (the base has no comparison)."""

    variant: Variant
    arm: Arm
    difference: Interval | None
    share: Interval | None


@dataclass(frozen=True, slots=True)
class Results:
    rows: list[Row]
    holdout: Row | None
    lift: Lift | None
    mismatch: float
    best: Variant | None

    @property
    def is_balanced(self) -> bool:
        return self.mismatch >= balance.ALPHA

    @property
    def persons(self) -> int:
        return sum(row.arm.persons for row in self.rows)


def arm_of(variant: Variant) -> Arm:
    return Arm(variant.persons, variant.total, variant.squares)


def results(experiment: Experiment) -> Results:
    """From what was counted last. While the shares are not those that were ordered, nobody wins.

    Nobody in the holdout can do anything with messages they never got, so there is no lift by those.
    """
    variants = list(experiment.variants.order_by("pk"))
    ways = [variant for variant in variants if not variant.is_holdout]
    base = arm_of(ways[0]) if ways else Arm(0, 0, 0)
    alpha = experiment.alpha / max(1, len(ways) - 1)
    rows = [Row(variant, base, None, None) for variant in ways[:1]] + [
        Row(
            variant,
            arm_of(variant),
            sequential.difference(arm_of(variant), base, alpha=alpha, planned=experiment.planned),
            sequential.relative(arm_of(variant), base, alpha=alpha, planned=experiment.planned),
        )
        for variant in ways[1:]
    ]
    mismatch = balance.mismatch([v.persons for v in variants], [v.weight for v in variants])
    place = sequential.winner([row.arm for row in rows], alpha=experiment.alpha, planned=experiment.planned)
    best = rows[place].variant if place is not None and mismatch >= balance.ALPHA else None
    held_back = next((variant for variant in variants if variant.is_holdout), None)
    holdout = Row(held_back, arm_of(held_back), None, None) if held_back else None
    lift = None
    if holdout and not message_property(experiment.subject, experiment.event):
        together = _together(rows)
        lift = sequential.lift(together, holdout.arm, alpha=experiment.alpha, planned=experiment.planned)
    return Results(rows, holdout, lift, mismatch, best)


def _together(rows: list[Row]) -> Arm:
    arms = [row.arm for row in rows]
    return Arm(
        sum(arm.persons for arm in arms), sum(arm.total for arm in arms), sum(arm.squares for arm in arms)
    )
