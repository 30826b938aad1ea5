"""What the mathematics promises, shown by simulation, and against published examples."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from django.core.exceptions import ValidationError

from rapport.experiments.services.experiments import Plan, size
from rapport.experiments.statistics import attribution, balance, sequential, sizes
from rapport.experiments.statistics.attribution import Path
from rapport.experiments.statistics.sequential import Arm

RUNS, LOOKS, BLOCK, ALPHA = 10_000, 400, 50, 0.05


def _covers(rates: tuple[float, float]) -> np.ndarray:
    """Of 10,000 experiments, which held the true difference at each of 400 looks, from 500 persons on."""
    random = np.random.default_rng(7)
    sums = [
        random.binomial(BLOCK, rate, (RUNS, LOOKS)).cumsum(axis=1, dtype=np.float64)[:, 9:] for rate in rates
    ]
    persons = np.arange(10, LOOKS + 1) * float(BLOCK)
    means = [total / persons for total in sums]
    one_person = sum(mean * (1 - mean) for mean in means)
    variance = one_person / persons
    mixed = one_person / 10_000 * (-2 * math.log(ALPHA) + math.log(1 - 2 * math.log(ALPHA)))
    width = np.sqrt(
        variance * (variance + mixed) / mixed * (np.log(1 + mixed / variance) - 2 * math.log(ALPHA))
    )
    arms = [Arm.of_conversions(10_000, round(10_000 * rate)) for rate in rates]
    formula = sequential.difference(arms[1], arms[0], alpha=ALPHA, planned=10_000)
    middle = float(np.median(width[:, int(np.argmin(np.abs(persons - 10_000)))]))
    assert formula.high - formula.estimate == pytest.approx(middle, rel=0.02)
    return np.all(np.abs(means[1] - means[0] - (rates[1] - rates[0])) <= width, axis=1)


def test_a_winner_among_equals_is_rare_however_often_one_looks() -> None:
    """The winner rule names one exactly when the interval leaves out zero, which is the true difference here."""
    assert np.mean(~_covers((0.05, 0.05))) <= ALPHA


def test_intervals_hold_the_truth_at_all_times() -> None:
    assert np.mean(_covers((0.05, 0.06))) >= 1 - ALPHA


def test_intervals_of_skewed_revenue_hold_the_truth_at_all_times() -> None:
    """Nine of ten buy nothing, the others log-normally much; 2,000 experiments, 100 looks."""
    random = np.random.default_rng(11)
    covered = 0
    for _run in range(2_000):
        given = random.lognormal(3, 0.8, (2, 10_000)) * (random.random((2, 10_000)) < 0.1)
        sums, squares = given.cumsum(axis=1), (given**2).cumsum(axis=1)
        covered += all(
            (shown := sequential.difference(*arms, alpha=ALPHA, planned=5_000)).low <= 0 <= shown.high
            for at in range(499, 10_000, 100)
            if (arms := [Arm(at + 1, sums[arm, at], squares[arm, at]) for arm in (0, 1)])
        )
    assert covered / 2_000 >= 1 - ALPHA


def test_one_of_four_equals_wins_rarely_and_a_better_one_wins() -> None:
    random = np.random.default_rng(5)
    counts = random.binomial(200, 0.1, (500, 4, 40)).cumsum(axis=2)
    wrong = sum(
        any(
            sequential.winner(
                [Arm.of_conversions((look + 1) * 200, int(run[arm, look])) for arm in range(4)],
                alpha=ALPHA,
                planned=4_000,
            )
            is not None
            for look in range(40)
        )
        for run in counts
    )
    assert wrong / 500 <= ALPHA
    better = [Arm.of_conversions(8_000, converted) for converted in (800, 780, 1_000, 810)]
    assert sequential.winner(better, alpha=ALPHA, planned=4_000) == 2


def test_the_planned_size_finds_the_planned_effect_as_often_as_stated() -> None:
    size = sizes.for_rates(0.1, 0.2)
    assert size.fixed == 3_841  # as Fleiss' formula gives without the correction for continuity
    random = np.random.default_rng(3)
    shown = [
        sequential.difference(
            Arm.of_conversions(size.sequential, treated),
            Arm.of_conversions(size.sequential, base),
            alpha=ALPHA,
            planned=size.sequential,
        ).is_above
        for base, treated in random.binomial(size.sequential, [0.1, 0.12], (4_000, 2))
    ]
    assert 0.78 <= np.mean(shown) <= 0.82
    money = sizes.for_means(20, 40, 0.05)
    assert (money.fixed, money.sequential > money.fixed) == (25_117, True)


def test_a_split_of_51_to_49_is_noticed_at_100_000() -> None:
    assert balance.mismatch([51_000, 49_000], [1, 1]) < balance.ALPHA
    drawn = np.random.default_rng(1).binomial(100_000, 0.51, 2_000)
    assert np.mean([balance.mismatch([n, 100_000 - n], [1, 1]) < balance.ALPHA for n in drawn]) > 0.95
    assert balance.mismatch([0, 0], [1, 1]) == 1
    assert balance.mismatch([10, 1], [1, 0]) == 0


def test_a_fair_split_is_left_alone_however_often_one_looks() -> None:
    looks = np.random.default_rng(2).binomial(1_000, 0.3, (1_000, 100)).cumsum(axis=1)
    alarmed = sum(
        any(
            balance.mismatch([int(n), (at + 1) * 1_000 - int(n)], [3, 7]) < balance.ALPHA
            for at, n in enumerate(run)
        )
        for run in looks
    )
    assert alarmed <= 5  # of 1,000; one is expected at most


def test_the_lift_against_a_holdout_recovers_what_was_planted() -> None:
    random = np.random.default_rng(13)
    covered = 0
    for _run in range(500):
        treated = Arm.of_conversions(90_000, int(random.binomial(90_000, 0.055)))
        holdout = Arm.of_conversions(10_000, int(random.binomial(10_000, 0.05)))
        lift = sequential.lift(treated, holdout, alpha=ALPHA, planned=10_000)
        covered += (
            lift.altogether.low <= 450 <= lift.altogether.high and lift.share.low <= 0.1 <= lift.share.high
        )
    assert covered / 500 >= 1 - ALPHA
    large = sequential.lift(
        Arm.of_conversions(900_000, 49_500), Arm.of_conversions(100_000, 5_000), alpha=ALPHA, planned=10_000
    )
    assert large.share.estimate == pytest.approx(0.1)
    assert large.per_person.is_above
    assert large.share.is_above


def test_the_lift_holds_the_truth_at_all_times() -> None:
    """Between equals, looked at ever later, from 500 persons in the holdout to 250,000; 600 experiments."""
    random = np.random.default_rng(17)
    looks = np.unique(np.geomspace(500, 250_000, 150).astype(int))
    added = np.diff(looks, prepend=0)
    covered = 0
    for _run in range(600):
        treated, holdout = (random.binomial(added * times, 0.2).cumsum() for times in (9, 1))
        covered += all(
            (shown := sequential.lift(
                Arm.of_conversions(int(at) * 9, int(treated[n])), Arm.of_conversions(int(at), int(holdout[n])),
                alpha=ALPHA, planned=10_000,
            ).per_person).low <= 0 <= shown.high
            for n, at in enumerate(looks)
        )  # fmt: skip
    assert covered / 600 >= 1 - ALPHA


def test_a_size_beyond_reach_is_refused() -> None:
    for plan in (Plan(0.05, 1e-9), Plan(20, 1e-200, deviation=40)):
        with pytest.raises(ValidationError) as refused:
            size(plan)
        assert "effect" in refused.value.message_dict


def test_nothing_is_said_of_few_persons_or_without_spread() -> None:
    few, same = Arm.of_conversions(99, 50), Arm.of_conversions(500, 0)
    assert sequential.difference(few, same, alpha=ALPHA, planned=500).low is None
    assert sequential.difference(same, same, alpha=ALPHA, planned=500).low is None
    assert sequential.relative(same, same, alpha=ALPHA, planned=500).low is None
    assert sequential.winner([same], alpha=ALPHA, planned=500) is None


def test_markov_attribution_as_published() -> None:
    """The examples of S. Puzyrov (2019) and of S. Bryl (analyzecore.com, 2016)."""
    paths = [Path(("ads",), 2, 1), Path(("mailing",), 1), Path(("ads", "mailing"), 1)]
    assert attribution.removal_effects(paths) == pytest.approx({"ads": 0.75, "mailing": 0.5})
    assert attribution.markov(paths) == pytest.approx({"ads": 2.4, "mailing": 1.6})
    bryl = [Path(("c1", "c2", "c3")), Path(("c1",), 0, 1), Path(("c2", "c3"), 0, 1)]
    assert attribution.removal_effects(bryl) == pytest.approx({"c1": 0.5, "c2": 1, "c3": 1})
    assert attribution.markov(bryl) == pytest.approx({"c1": 0.2, "c2": 0.4, "c3": 0.4})


@pytest.mark.parametrize("rule", attribution.RULES)
def test_rules_give_every_conversion_away_once(rule: str) -> None:
    paths = [
        Path(("a", "b", "a", "c"), 3, 0, 60.0, (14.0, 7.0, 7.0, 0.0)),
        Path(("b",), 1, 0, 5.0, (3.0,)),
        Path(()),
    ]
    assert sum(attribution.by_rule(rule, paths).values()) == pytest.approx(4)
    assert sum(attribution.by_rule(rule, paths, by_value=True).values()) == pytest.approx(65)
    expected = {
        "first": [3, 1, 0],
        "last": [0, 1, 3],
        "linear": [1.5, 1.75, 0.75],
        "position": [1.5, 1.3, 1.2],
        "time_decay": [3 * 0.75 / 2.25, 1 + 3 * 0.5 / 2.25, 3 / 2.25],
    }
    shares = attribution.by_rule(rule, paths)
    assert [shares[name] for name in "abc"] == pytest.approx(expected[rule])
    assert all(a <= b for a, b in pairwise(attribution.time_decay(paths[0])))
