"""The dashboard, on the real engines."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from rapport.core.models import User
from rapport.insights import queries
from rapport.insights.periods import Period, period

TODAY = dt.datetime.now(dt.UTC).date()
WEEK = period(7, TODAY)


def at(days_ago: int) -> str:
    return (dt.datetime.now(dt.UTC) - dt.timedelta(days=days_ago)).isoformat()


def visit(who: str, days_ago: int = 0, path: str = "/tea") -> dict:
    properties = {"path": path, "title": path.strip("/").title()}
    return {"type": "page", "anonymousId": who, "timestamp": at(days_ago), "properties": properties}


def order(who: str, total: float, days_ago: int = 0) -> dict:
    products = [{"product_id": "A1", "name": "Mug", "price": total / 2, "quantity": 2}]
    properties = {"total": total, "currency": "GBP", "products": products}
    call = {"type": "track", "event": "Order Completed", "anonymousId": who, "timestamp": at(days_ago)}
    return call | {"properties": properties}


def test_a_visitor_of_several_days_counts_once(actor, live):
    live.ingest([visit("a", 0), visit("a", 1), visit("b", 2)])
    overview = queries.overview(actor, WEEK)
    assert overview.now.visitors == 2
    assert [day.visitors for day in overview.days][-3:] == [1, 1, 1]


def test_the_period_before_is_counted_beside(actor, live):
    live.ingest([order("a", 40, 1), order("b", 10, 8)])
    overview = queries.overview(actor, WEEK)
    assert (overview.now.revenue, overview.before.revenue) == (Decimal(40), Decimal(10))


def test_refunds_are_taken_off_the_revenue(actor, live):
    refund = order("a", 15) | {"event": "Order Refunded"}
    live.ingest([order("a", 40), refund])
    assert queries.overview(actor, WEEK).now.revenue == Decimal(25)


def test_conversion_is_buyers_per_visitor(actor, live):
    live.ingest([visit("a"), visit("b"), visit("c"), visit("d"), order("a", 40)])
    assert queries.overview(actor, WEEK).now.conversion == pytest.approx(0.25)


def test_new_people_are_those_first_known_in_the_period(actor, live):
    live.ingest([{"type": "identify", "userId": "c-1", "traits": {}}, visit("stranger")])
    assert queries.overview(actor, WEEK).now.people == 1


def test_products_are_ranked_by_what_they_earned(actor, live):
    live.ingest([order("a", 40), order("b", 10)])
    (mug,) = queries.top_products(actor, WEEK)
    assert (mug.name, mug.amount, mug.beside) == ("Mug", Decimal(50), 4)


def test_pages_are_ranked_by_views_without_their_query_strings(actor, live):
    live.ingest([visit("a", path="/tea?utm_source=x"), visit("a"), visit("b"), visit("b", path="/mugs")])
    top = queries.top_pages(actor, WEEK)[0]
    assert (top.key, top.amount, top.beside) == ("/tea", 3, 2)


def test_countries_are_ranked_by_people_seen(actor, live):
    people = [
        {"type": "identify", "userId": f"c-{n}", "traits": {"country": country}}
        for n, country in enumerate(["GB", "GB", "DE"])
    ]
    live.ingest(people)
    assert [(top_country.key, top_country.amount) for top_country in queries.top_countries(actor, WEEK)] == [
        ("GB", 2),
        ("DE", 1),
    ]


def test_opens_by_machines_are_not_counted(actor, live):
    def mail(event: str, who: str, **more: object) -> dict:
        properties = {"campaign_id": "c1", "campaign_name": "Spring", **more}
        return {"type": "track", "event": event, "userId": who, "properties": properties}

    live.ingest(
        [
            mail("Message Sent", "a"),
            mail("Message Sent", "b"),
            mail("Message Opened", "a", human_probability=0.9),
            mail("Message Opened", "b", human_probability=0.1),
        ]
    )
    (spring,) = queries.campaign_results(actor, WEEK)
    assert (spring.name, spring.sent, spring.opened) == ("Spring", 2, 1)


@pytest.mark.parametrize(("range_name", "days"), [("7", 7), ("365", 365), ("13", 30), ("x", 30), (None, 30)])
def test_the_range_in_the_address_is_one_of_four(range_name, days):
    assert period(range_name, TODAY).days == days


def test_the_period_before_ends_the_day_before():
    assert Period(dt.date(2026, 3, 8), dt.date(2026, 3, 14)).before == Period(
        dt.date(2026, 3, 1), dt.date(2026, 3, 7)
    )


def test_home_shows_the_figures(page, live):
    live.ingest([visit("a"), order("a", 40)])
    html = page.get("/?days=7").content.decode()
    assert "£40" in html


def test_the_rankings_come_after_the_page(page, live):
    live.ingest([visit("a"), order("a", 40)])
    assert 'hx-get="/results/?days=7"' in page.get("/?days=7").content.decode()
    assert "Mug" in page.get("/results/?days=7").content.decode()


def test_an_empty_home_shows_the_first_steps(page, live):
    html = page.get("/").content.decode()
    assert "First steps" in html
    assert "/data/sources/new/" in html


def test_the_feed_tells_what_came_since(page, live):
    live.ingest([visit("a")])
    assert "Viewed Tea" in page.get("/feed/?since=0").content.decode()


def test_a_viewer_sees_home_without_the_first_steps(client, live):
    client.force_login(User.objects.create_user("b@example.org", "correct horse battery", roles=["viewer"]))
    answer = client.get("/")
    assert answer.status_code == 200
    assert "First steps" not in answer.content.decode()
