"""Tiers: who stands where, when it changes, and that it is the same whatever the order of things."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.core.access import Actor
from rapport.core.clock import VirtualClock
from rapport.core.models import OutboxEvent
from rapport.loyalty.models import Account, Program, Tier
from rapport.loyalty.queries.ladder import Collected, Standing, standing
from rapport.loyalty.services import tiers
from rapport.loyalty.tests.conftest import Rule, settle
from rapport.people.models import Person
from rapport.people.services.merging import merge_people
from rapport.people.services.unmerging import undo_merge

LADDER = [{"name": "Silver", "threshold": Decimal(100), "benefits": "Free delivery"},
          {"name": "Gold", "threshold": Decimal(200), "benefits": ""}]  # fmt: skip
SETTINGS = {"tier_measure": "points", "tier_period": "rolling", "tier_months": 12, "tier_grace_days": 0,
            "tier_soft_landing": True}  # fmt: skip
LONDON = ZoneInfo("Europe/London")
BASE, GOLD = Tier(name="Silver", threshold=Decimal(100)), Tier(name="Gold", threshold=Decimal(200))


def _at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(dt.UTC)


def _stands(now: str, *pieces: tuple[str, int], **values: Any) -> Standing:
    program = Program(zone="Europe/London", **SETTINGS | values)
    collected = [Collected(_at(at), Decimal(amount)) for at, amount in pieces]
    return standing(program, [BASE, GOLD], collected, _at("2023-01-01"), _at(now))


@pytest.mark.parametrize(
    ("now", "pieces", "values", "tier"),
    [
        ("2024-03-01T12:00", [("2024-03-01T11:59", 99)], {}, ""),
        ("2024-03-01T12:00", [("2024-03-01T12:00", 100)], {}, "Silver"),
        # 29 February counts to the end of 28 February; over the nights when clocks are put forward and back.
        ("2025-02-28T23:59:59", [("2024-02-29T08:00", 100)], {}, "Silver"),
        ("2025-03-01T00:00", [("2024-02-29T08:00", 100)], {}, ""),
        ("2024-03-31T23:59:59", [("2023-03-31T23:30", 100)], {}, "Silver"),
        ("2024-04-01T00:00", [("2023-03-31T23:30", 100)], {}, ""),
        ("2024-10-27T23:59:59", [("2023-10-27T10:00", 100)], {}, "Silver"),
        ("2024-10-28T00:00", [("2023-10-27T10:00", 100)], {}, ""),
        # Grace, and a soft landing from Gold: one tier, and the next only after another period.
        ("2024-04-30T23:59:59", [("2023-03-31T10:00", 100)], {"tier_grace_days": 30}, "Silver"),
        ("2024-05-01T00:00", [("2023-03-31T10:00", 100)], {"tier_grace_days": 30}, ""),
        ("2024-04-01T00:00", [("2023-03-31T10:00", 250)], {}, "Silver"),
        ("2025-03-31T23:59:59", [("2023-03-31T10:00", 250)], {}, "Silver"),
        ("2025-04-01T00:00", [("2023-03-31T10:00", 250)], {}, ""),
        ("2024-04-01T00:00", [("2023-03-31T10:00", 250)], {"tier_soft_landing": False}, ""),
        ("2024-12-31T23:59:59", [("2023-12-31T23:59", 200)], {"tier_period": "calendar"}, "Gold"),
        ("2025-01-01T00:00", [("2023-12-31T23:59", 200)], {"tier_period": "calendar"}, "Silver"),
        ("2026-01-01T00:00", [("2023-12-31T23:59", 200)], {"tier_period": "calendar"}, ""),
        # The last year's and this one's are not added up.
        ("2024-02-01", [("2023-12-31", 150), ("2024-01-01", 150)], {"tier_period": "calendar"}, "Silver"),
        ("2024-02-01", [("2023-12-31", 150), ("2024-01-01", 150)], {}, "Gold"),
    ],
)  # fmt: skip
def test_who_stands_where(now: str, pieces: Any, values: Any, tier: str) -> None:
    assert str(_stands(now, *pieces, **values).tier or "") == tier


def test_until_when_a_tier_stays() -> None:
    stands = _stands("2023-05-01", ("2023-03-31T10:00", 100), ("2023-04-30", 150), tier_grace_days=10)
    assert (stands.until, stands.since) == (_at("2024-04-11"), _at("2023-04-30"))
    assert stands.review_at == _at("2024-04-01")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 900), st.integers(1, 150)), max_size=8), st.data())
def test_the_next_look_misses_nothing(pieces: list[tuple[int, int]], data: Any) -> None:
    """Between two looks the tier stays; and what is asked for `until` comes true."""
    chosen = data.draw(st.fixed_dictionaries({
        "tier_period": st.sampled_from(["rolling", "calendar"]), "tier_grace_days": st.sampled_from([0, 45]),
        "tier_soft_landing": st.booleans(),
    }))  # fmt: skip
    program = Program(zone="Europe/London", **SETTINGS | chosen)
    start = _at("2023-01-01")
    collected = [
        Collected(start + dt.timedelta(days=day, hours=7), Decimal(points)) for day, points in pieces
    ]
    now = start + dt.timedelta(days=901)
    before = standing(program, [BASE, GOLD], collected, start, now)
    for _step in range(40):
        moment = before.review_at or now + dt.timedelta(days=3000)
        almost = standing(program, [BASE, GOLD], collected, start, moment - dt.timedelta(microseconds=1))
        assert (almost.tier, almost.until) == (before.tier, before.until)
        if before.review_at is None:
            return
        after = standing(program, [BASE, GOLD], collected, start, moment)
        assert (after.tier is not before.tier) == (before.until == moment)
        before = after
    raise AssertionError("it never comes to rest")


@pytest.fixture
def ladder(program: Program, rule: Rule, actor: Actor, clock: VirtualClock) -> None:
    rule()
    tiers.put_tiers(actor=actor, program=program, settings=SETTINGS, ladder=LADDER, clock=clock)


def _events() -> list[str]:
    text = b"".join(
        bytes(row) for row in OutboxEvent.objects.order_by("pk").values_list("payload", flat=True)
    )
    return [line.split('"')[0] for line in text.decode().split('"event":"')[1:] if line.startswith("Tier")]


@pytest.mark.usefixtures("ladder")
def test_a_return_takes_a_tier_back(tell: Any, clock: VirtualClock) -> None:
    tell(
        "Order Completed",
        {"order_id": "A", "currency": "GBP", "products": [{"product_id": "p", "price": 150}]},
    )
    settle(clock)
    traits = Person.objects.get().traits
    shown = [traits[f"loyalty_{name}"] for name in ("tier", "next_tier", "to_next_tier")]
    assert (shown, _events()) == (["Silver", "Gold", 50], ["Tier Reached"])
    tell("Order Cancelled", {"order_id": "A"})
    settle(clock)
    assert Account.objects.get().tier is None
    assert Person.objects.get().traits.get("loyalty_tier") is None
    assert _events()[-1] == "Tier Lost"


@pytest.mark.usefixtures("ladder")
def test_two_accounts_are_one_standing(
    join: Callable[..., Account], actor: Actor, clock: VirtualClock
) -> None:
    first, second = join(60), join(140)
    settle(clock)
    persons = sorted((first.person_id, second.person_id), key=str)
    merge = merge_people(actor=actor, survivor_id=persons[0], absorbed_id=persons[1], rule="by hand")
    settle(clock)
    assert set(Account.objects.values_list("tier__name", flat=True)) == {"Gold"}
    undo_merge(actor=actor, merge=merge)
    settle(clock)
    assert dict(Account.objects.values_list("pk", "tier__name")) == {first.pk: None, second.pk: "Silver"}
    clock.advance(dt.timedelta(days=370))
    settle(clock)
    assert set(Account.objects.values_list("tier__name", flat=True)) == {None}
    assert _events() == ["Tier Reached", "Tier Reached", "Tier Lost", "Tier Lost", "Tier Lost"]


def test_tiers_by_page_and_api(page: Any, api: Any, program: Program, join: Any, clock: VirtualClock) -> None:
    rows = {"tiers-TOTAL_FORMS": 2, "tiers-INITIAL_FORMS": 0, "tiers-0-name": "Silver", "tiers-0-threshold": "100",
            "tiers-0-benefits": "Free delivery"}  # fmt: skip
    url = f"/loyalty/programs/{program.key}/tiers/"
    assert page.post(url, {**SETTINGS, **rows, "tiers-0-threshold": ""}).status_code == 422
    assert page.post(url, {**SETTINGS, **rows}).status_code == 302
    assert 'value="100"' in page.get(url).content.decode()
    account = join(150)
    settle(clock)
    assert "Free delivery" in page.get(f"/loyalty/accounts/{account.pk}/").content.decode()
    assert "Silver" in page.get(f"/loyalty/people/{account.person_id}/").content.decode()
    path = f"/loyalty/programs/{program.key}/tiers"
    body = api("GET", path)[1]
    body["tiers"].append({"name": "Gold", "threshold": 200})
    assert [tier["name"] for tier in api("PUT", path, body)[1]["tiers"]] == ["Silver", "Gold"]
    shown = api("GET", f"/people/{account.person_id}/loyalty")[1][0]["tier"]
    assert (shown["name"], shown["next_tier"], float(shown["missing"])) == ("Silver", "Gold", 50.0)
    assert api("PUT", path, {**body, "tiers": [body["tiers"][0]] * 2})[0] == 422
    assert Person.objects.get().traits["loyalty_tier"] == "Silver"
    api("PUT", path, {**body, "tiers": []})
    settle(clock)
    assert not Person.objects.get().traits.get("loyalty_tier")
