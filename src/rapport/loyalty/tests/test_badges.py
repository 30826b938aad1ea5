"""Badges: once for each period, with what is left of orders."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rapport.core.access import Actor
from rapport.core.clock import VirtualClock
from rapport.loyalty.models import Account, BadgeAward, Entry, Program
from rapport.loyalty.queries.badges import progress
from rapport.loyalty.services import badges
from rapport.loyalty.tests.conftest import Rule, held, settle

OFFERED = [
    {"name": "Two a month", "measure": "orders", "period": "month", "threshold": Decimal(2)},
    {"name": "Explorer", "measure": "categories", "period": "ever", "threshold": Decimal(3)},
]


def _bought(tell: Any, number: int, at: str, *categories: str) -> None:
    goods = [{"product_id": category, "price": 5, "category": category} for category in categories]
    tell("Order Completed", {"order_id": f"A-{number}", "currency": "GBP", "products": goods}, at=at)


def test_a_badge_is_earned_once_in_its_period(
    tell: Any, program: Program, actor: Actor, clock: VirtualClock
) -> None:
    badges.put_badges(actor=actor, program=program, offered=OFFERED, clock=clock)
    for number, day in enumerate(("01-02", "01-31", "01-05", "02-01")):
        _bought(tell, number, f"2026-{day}T23:30:00Z", "Toys > Trains", "Books")
    settle(clock)
    settle(clock)
    assert list(BadgeAward.objects.values_list("badge__name", "period")) == [("Two a month", "2026-01")]
    _bought(tell, 9, "2026-01-06T10:00:00Z", "Garden")
    settle(clock)
    assert BadgeAward.objects.filter(badge__name="Explorer").count() == 1
    tell("Order Cancelled", {"order_id": "A-9"})
    settle(clock)
    shown = {row.badge.name: (row.value, row.times) for row in progress(Account.objects.get(), clock.now())}
    assert shown == {"Two a month": (3, 1), "Explorer": (2, 0)}


def test_badges_by_page_and_api(
    page: Any, api: Any, tell: Any, rule: Rule, program: Program, clock: VirtualClock
) -> None:
    rows = {"badges-TOTAL_FORMS": 1, "badges-INITIAL_FORMS": 0, "badges-0-name": "First", "badges-0-measure": "orders",
            "badges-0-period": "ever", "badges-0-threshold": ""}  # fmt: skip
    url = f"/loyalty/programs/{program.key}/badges/"
    assert page.post(url, rows).status_code == 422
    assert page.post(url, rows | {"badges-0-threshold": "1"}).status_code == 302
    _bought(tell, 1, "2026-01-05T10:00:00Z", "Toys")
    settle(clock)
    account = Account.objects.get()
    assert "First" in page.get(f"/loyalty/accounts/{account.pk}/").content.decode()
    path = f"/loyalty/programs/{program.key}/badges"
    assert [badge["name"] for badge in api("PUT", path, api("GET", path)[1])[1]] == ["First"]
    assert api("GET", f"/loyalty/accounts/{account.pk}/badges")[1][0]["is_earned"] is True
    assert api("GET", f"/people/{account.person_id}/loyalty")[1][0]["badges"][0]["name"] == "First"
    assert api("PUT", path, [OFFERED[0] | {"threshold": 0}])[0] == 422


def test_a_badge_gives_points_once_and_takes_them_back(
    tell: Any, program: Program, actor: Actor, clock: VirtualClock
) -> None:
    offered = [{"name": "Three", "measure": "orders", "period": "ever", "threshold": 3, "points": 500}]
    badges.put_badges(actor=actor, program=program, offered=offered, clock=clock)
    Program.objects.update(return_days=0)
    for number, day in enumerate(("01-02", "01-03", "01-04", "01-05")):
        _bought(tell, number, f"2026-{day}T10:00:00Z", "Toys")
    settle(clock)
    settle(clock)

    def given() -> list[int]:
        return list(Entry.objects.filter(source="badge").order_by("pk").values_list("points", flat=True))

    account = Account.objects.get()
    before = held(account)[0]
    assert given() == [500]
    for order in ("A-0", "A-1"):
        tell("Order Cancelled", {"order_id": order})
        settle(clock)
    assert (given(), BadgeAward.objects.count()) == ([500, -500], 0)
    assert held(account)[0] == before - 500
    _bought(tell, 9, "2026-01-06T10:00:00Z", "Toys")
    settle(clock)
    assert given() == [500, -500, 500]
