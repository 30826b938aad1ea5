"""What a campaign brought: each order once, machines apart, whoever was merged as one person."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from rapport.campaigns.models import Campaign
from rapport.campaigns.queries.outcomes import outcome
from rapport.campaigns.services import benchmark, campaigns, costs
from rapport.campaigns.services.testing import sends_of
from rapport.commerce.models import Order
from rapport.messaging.models import Delivery
from rapport.messaging.queries import Results
from rapport.messaging.queries.outcomes import domains, reactions
from rapport.people.models import Person

pytestmark = pytest.mark.django_db


def clicks(person: Person, hours: float, human: float = 0.9) -> dt.datetime:
    """A click so many hours after the message."""
    delivery = Delivery.objects.get(person=person, state="sent")
    assert delivery.finished_at
    at = delivery.finished_at + dt.timedelta(hours=hours)
    link = delivery.send.template_version.links.first()
    delivery.engagements.create(kind="click", link=link, human_probability=human, first_at=at, last_at=at)
    return at


def orders(
    person: Person | None, at: dt.datetime, net: str = "50", currency: str = "GBP", **more: Any
) -> None:
    key = uuid.uuid4()
    given = {
        "store": "shop",
        "external_id": str(key),
        "state": "open",
        "changed_at": at,
        "total": Decimal(net),
    }
    given |= {"currency": currency, "net": Decimal(net), "placed_at": at}
    Order.objects.create(id=key, person=person, **given | more)


@pytest.fixture
def sent(consenting: Any, actor: Any, campaign: Campaign, clock: Any, work: Any) -> dict[str, Person]:
    people = {name: consenting(name) for name in ("ada", "bob", "cleo", "dan")}
    campaigns.send_campaign(actor=actor, campaign_id=campaign.pk, clock=clock)
    work()
    campaign.refresh_from_db()
    return people


def test_orders_count_once_after_a_persons_click(
    sent: dict[str, Person], campaign: Campaign, actor: Any
) -> None:
    hour, day = dt.timedelta(hours=1), dt.timedelta(days=1)
    at = clicks(sent["ada"], 2)
    clicks(sent["bob"], 0.1, human=0.1)
    for order in ((at + hour, "50"), (at + 8 * day, "99"), (at - 3 * hour, "99")):
        orders(sent["ada"], *order)
    orders(sent["ada"], at + hour, "77", state="cancelled")
    survivor = Person.objects.create(id=uuid.uuid4(), first_seen_at=at, last_seen_at=at)
    Person.objects.filter(pk=sent["cleo"].pk).update(merged_into=survivor)
    clicks(sent["cleo"], 3)
    orders(survivor, at + 2 * day, "30")
    orders(survivor, at + 2 * day, "5", "JPY")
    orders(sent["bob"], at + hour, "20")
    given = costs.Given(at.date(), at.date(), "email", campaign.name, Decimal(40), "GBP")
    costs.put(actor=actor, costs=[given])
    brought = outcome(campaign, sends_of(campaign))
    assert (brought.clicked.orders, brought.clicked.buyers, brought.clicked.revenue) == (3, 2, Decimal(80))
    assert (brought.reached.orders, brought.reached.revenue) == (1, Decimal(20))
    assert (brought.clicked.missing, brought.cost, brought.roas) == ({"JPY": Decimal(5)}, Decimal(40), 2.0)


def test_the_page_shows_what_it_brought_and_the_export_says_the_same(
    sent: dict[str, Person], campaign: Campaign, page: Any, api: Any
) -> None:
    at = clicks(sent["ada"], 2)
    orders(sent["ada"], at, "51.25")
    sends = [send.pk for send in sends_of(campaign)]
    assert reactions(sends)["click"] == [0, 1, 0, 0, 0, 0, 0, 0, 0]
    assert [(row.name, row.sent, row.clicked) for row in domains(sends)] == [("example.org", 4, 1)]
    shown = page.get(f"/campaigns/{campaign.pk}/outcomes/").content.decode()
    assert ("£51.25" in shown, "example.org" in shown, "link-map" in shown) == (True, True, True)
    lines = page.get(f"/campaigns/comparison/?ids={campaign.pk}&export=csv").content.decode().splitlines()
    row = dict(zip(lines[0].split(","), lines[1].split(","), strict=True))
    assert (row["orders_after_click"], row["revenue_after_click"], row["clicked_people"]) == (
        "1",
        "51.25",
        "1",
    )
    assert api("GET", f"/campaigns/{campaign.pk}/results")[1]["brought"]["clicked"]["revenue"] == "51.25"
    compared = page.get(f"/campaigns/comparison/?ids={campaign.pk},nonsense").content.decode()
    assert "£51.25" in compared


def test_clicks_are_drawn_beside_their_links(sent: dict[str, Person], campaign: Campaign, page: Any) -> None:
    clicks(sent["ada"], 1)
    clicks(sent["bob"], 1, human=0.1)
    answer = page.get(f"/campaigns/{campaign.pk}/link-map/")
    assert "1 · 25%" in answer.content.decode()
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_campaign_is_compared_with_those_before_it(campaign: Campaign, monkeypatch: Any) -> None:
    past = {str(n): Results(states={"sent": 100}, opened_human=10 * n, unsubscribed=n) for n in range(1, 5)}
    monkeypatch.setattr(benchmark, "earlier", lambda _campaign: [])
    monkeypatch.setattr(benchmark.messaging, "results_of_origin", lambda *_: past)
    lines, count = benchmark.beside(campaign, Results(states={"sent": 50}, opened_human=15, unsubscribed=0))
    opened, clicked, left = lines
    assert (count, opened.rate, opened.median, opened.beats) == (4, 0.3, 0.25, 0.625)
    assert (clicked.beats, left.beats) == (0.5, 1.0)


@pytest.mark.parametrize("line", ["2026-06-01", "2026-06-01,email", "2026-06-01,email,", "x,email,,1,EUR"])
def test_a_line_of_costs_that_lacks_something_is_named(line: str) -> None:
    with pytest.raises(ValidationError, match="Line 3"):
        costs.read(f"day,channel,campaign,amount,currency\n2026-06-01,email,June,1,EUR\n{line}".encode())
