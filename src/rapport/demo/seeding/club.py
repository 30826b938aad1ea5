"""The demo's loyalty programme: a year of orders gives its members points, which the worker counts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

from rapport.core.access import system
from rapport.core.clock import SYSTEM, Clock
from rapport.loyalty.models import EarnRule, Program
from rapport.loyalty.models.programs import TierMeasure, TierPeriod
from rapport.loyalty.services import badges, programs, rewards, tiers

TIERS = (
    ("Bud", 500, "10 points on your birthday"),
    ("Bloom", 1_500, "Free delivery\nEarly sight of new lanterns"),
    ("Thistle", 5_000, "Free delivery\nA gift at Christmas\nA gardener's evening in spring"),
)
BADGES = (
    ("Three in a month", "orders", "month", 3, 100),
    ("Explorer", "categories", "year", 3, 50),
    ("Through the year", "orders", "year", 12, 500),
)
YEAR = dt.timedelta(days=400)
REWARDS = (
    ("A tin of candles", 250, None),
    ("A garden lantern", 1_000, 40),
    ("A hamper for Christmas", 5_000, 12),
)


def seed(clock: Clock = SYSTEM) -> bool:
    """Makes the programme, unless there is one; says whether it did."""
    if Program.objects.exists():
        return False
    actor, zone = system("demo"), "Europe/London"
    program = programs.create_program(
        actor=actor,
        values={
            "key": "loyalty", "name": "Thistle Club", "currency": "GBP", "zone": zone,
            "starts_on": (clock.now().astimezone(ZoneInfo(zone)) - YEAR).date(), "enrols_everybody": True,
            "return_days": 30, "expiry_months": 12, "allows_transfers": True, "point_value": Decimal("0.01"),
            "referral_points": 500, "referred_points": 200,
        },
        clock=clock,
    )  # fmt: skip
    kind = EarnRule.Kind
    for rule in (
        {"name": "A point for each pound", "kind": kind.SPENT, "points": 1},
        {"name": "50 points for orders from £300", "kind": kind.ORDER, "points": 50, "minimum": Decimal(300)},
        {
            "name": "Double points on Thursdays",
            "kind": kind.MULTIPLIER,
            "factor": Decimal(2),
            "weekdays": [3],
        },
    ):
        programs.put_rule(actor=actor, program=program, values=rule, clock=clock)
    _tiers_and_badges(program, clock)
    for name, points, stock in REWARDS:
        values = {"name": name, "points": points, "stock": stock}
        rewards.put_reward(actor=actor, program=program, values=values, clock=clock)
    return True


def _tiers_and_badges(program: Program, clock: Clock) -> None:
    actor = system("demo")
    settings = {
        "tier_measure": TierMeasure.SPENT,
        "tier_period": TierPeriod.ROLLING,
        "tier_months": 12,
        "tier_grace_days": 30,
        "tier_soft_landing": True,
    }
    ladder = [{"name": name, "threshold": Decimal(start), "benefits": text} for name, start, text in TIERS]
    tiers.put_tiers(actor=actor, program=program, settings=settings, ladder=ladder, clock=clock)
    offered = [
        {
            "name": name,
            "measure": measure,
            "period": period,
            "threshold": Decimal(threshold),
            "points": points,
        }
        for name, measure, period, threshold, points in BADGES
    ]
    badges.put_badges(actor=actor, program=program, offered=offered, clock=clock)
