"""Attribution on the real engines, with what people complain about in comparable programs as cases.

Machines' clicks that count (mautic#8718, #10461, #11812, craft-campaign#546), figures that differ between two pages
(mautic#2846, #3461), days of another zone (mautic#9696), "direct" that takes the credit (matomo#22347, #20515), paid
clicks called organic (umami#3264), a merged person counted twice, and currencies added up as if they were one.
"""

from __future__ import annotations

import csv
import datetime as dt
import itertools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from rapport.campaigns.models import Campaign
from rapport.campaigns.services import costs
from rapport.commerce.services import exchange_rates
from rapport.commerce.services.exchange_rates import Rate
from rapport.commerce.services.orders import projection
from rapport.content.landing import services
from rapport.content.services import templates
from rapport.core import clickhouse
from rapport.core.clock import SYSTEM
from rapport.core.models import Workspace
from rapport.governance.models import Purpose
from rapport.insights.attribution.labels import channel_of
from rapport.insights.attribution.returns import costs_of, returns
from rapport.insights.attribution.sharing import MODELS, Attribution, Question, attribution
from rapport.insights.attribution.touches import touches
from rapport.people.queries import find
from rapport.people.services.merging import merge_people
from rapport.segments.models import Segment

FIRST, LAST = dt.date(2026, 1, 1), dt.date(2026, 1, 31)
Say = Callable[..., None]


@pytest.fixture
def say(live: Any) -> Say:
    numbers = itertools.count(1)

    def send(*calls: tuple[str, str, str, dict[str, Any]]) -> None:
        live.ingest(
            [
                {
                    "type": "page" if name == "page" else "track", "messageId": f"a-{next(numbers)}", "userId": who,
                    "timestamp": f"2026-{at}Z", "event": name, **more,
                }
                for who, at, name, more in calls
            ]
        )  # fmt: skip
        while projection.run_once(SYSTEM):
            pass

    return send


def visit(who: str, at: str, source: str = "", medium: str = "", name: str = "") -> tuple[str, str, str, Any]:
    campaign = {"source": source, "medium": medium, "name": name}
    return who, at, "page", {"properties": {"path": "/"}, "context": {"campaign": campaign} if source else {}}


def bought(
    who: str, at: str, order: str, total: float = 100, currency: str = "GBP"
) -> tuple[str, str, str, Any]:
    properties = {"order_id": order, "total": total, "currency": currency}
    return who, at, "Order Completed", {"properties": properties}


def clicked(who: str, at: str, delivery: str, human: float, name: str = "News") -> tuple[str, str, str, Any]:
    properties = {
        "delivery_id": delivery,
        "human_probability": human,
        "campaign_id": "c",
        "channel": "email",
        "campaign_name": name,
    }
    return who, at, "Message Clicked", {"properties": properties}


def shares(shared: Attribution, model: str = "linear", what: str = "conversions") -> dict[str, float]:
    return {row.key: round(getattr(row.models[model], what), 4) for row in shared.rows}


def test_each_model_gives_every_conversion_away_once(say: Say, actor: Any) -> None:
    say(
        visit("a", "01-05T10:00:00", "google", "cpc", "gifts"), visit("a", "01-06T10:00:00"),
        clicked("a", "01-12T10:00:00", "d1", 0.9), visit("a", "01-12T10:00:20", "newsletter", "email", "news"),
        bought("a", "01-12T11:00:00", "1"), bought("b", "01-13T10:00:00", "2", 40),
        visit("c", "01-14T10:00:00", "instagram", "social"),
    )  # fmt: skip
    shared = attribution(actor, Question(FIRST, LAST))
    assert shares(shared, "first") == {"paid_search": 1, "email": 0, "social": 0}
    assert shares(shared, "last", "revenue") == {"paid_search": 0, "email": 100, "social": 0}
    assert shares(shared, "time_decay")["email"] == pytest.approx(2 / 3, abs=0.01)
    for model in MODELS:
        given = sum(row.models[model].revenue for row in shared.rows)
        assert given + shared.untouched.revenue == pytest.approx(shared.total.revenue) == 140
    assert (shared.total.conversions, shared.untouched.conversions, shared.touches) == (2, 1, 3)
    assert shared.top == [(("paid_search", "email"), 1, 100.0, 0)]


def test_machines_are_no_touchpoint_and_who_was_merged_is_one_person(say: Say, live: Any, actor: Any) -> None:
    say(
        visit("a", "01-03T10:00:00", "google", "organic"), clicked("a", "01-04T10:00:00", "d1", 0.1),
        bought("b", "01-05T10:00:00", "1"),
    )  # fmt: skip
    first, second = find(actor, "user_id:b"), find(actor, "user_id:a")
    assert first
    assert second
    merge_people(actor=actor, survivor_id=first.pk, absorbed_id=second.pk, rule="by hand")
    live.settle()
    shared = attribution(actor, Question(FIRST, LAST))
    assert shares(shared, "last") == {"organic_search": 1}
    assert (shared.machine_clicks, shared.untouched.conversions) == (1, 0)


def test_only_clicks_in_messages_count_as_clicks(say: Say, actor: Any) -> None:
    on_site = {"properties": {"product_id": "p1"}}
    say(
        visit("a", "01-03T10:00:00", "google", "organic"), ("a", "01-04T10:00:00", "Product Clicked", on_site),
        ("a", "01-04T10:05:00", "Banner Clicked", on_site), bought("a", "01-05T10:00:00", "1"),
    )  # fmt: skip
    shared = attribution(actor, Question(FIRST, LAST))
    assert shares(shared, "last") == {"organic_search": 1}
    assert shared.touches == 1


def test_what_a_click_is_judged_after_the_period_still_counts(say: Say, actor: Any) -> None:
    judged = {"delivery_id": "d1", "event": "Message Clicked", "human_probability": 0.1}
    say(
        clicked("a", "01-31T10:00:00", "d1", 0.9), clicked("a", "01-31T10:01:00", "d2", 0.9, "Sale"),
        clicked("a", "02-02T10:00:00", "d3", 0.9, "Later"), bought("a", "01-31T11:00:00", "1"),
    )  # fmt: skip
    say(("a", "02-03T10:00:00", "Message Reassessed", {"properties": judged}))
    shared = attribution(actor, Question(FIRST, LAST, by="campaign"))
    assert shares(shared, "last") == {"email|Sale": 1}
    assert shared.machine_clicks == 1


def test_an_advertisement_for_a_landing_page_is_a_touchpoint(client: Any, live: Any, actor: Any) -> None:
    values = {"slug": "sale", "name": "Sale", "definition": {"blocks": [{"kind": "text", "title": "Hi"}]}}
    row = services.create(actor=actor, values=values)
    row = services.publish(actor=actor, page_id=row.pk)
    live.ingest([{"type": "track", "event": "Seen", "anonymousId": "anon-ada"}])
    client.cookies["rapport_aid"] = "anon-ada"
    query = "utm_source=google&utm_medium=cpc&utm_campaign=Sun%20%26%20sea&gclid=x1&who=ada@example.org"
    client.get(f"/p/sale/seen.gif?v={row.live_id}", HTTP_REFERER=f"http://testserver/p/sale?{query}")
    client.get(f"/p/sale/seen.gif?v={row.live_id}", HTTP_REFERER="http://testserver/p/sale?fbclid=x2")
    live.settle()
    now = timezone.now()
    (reached,) = touches(now - dt.timedelta(hours=1), now + dt.timedelta(hours=1)).of.values()
    assert {touch[1:] for touch in reached} == {
        ("paid_search", "Sun & sea", "visit", "google"), ("social", "", "visit", "facebook")
    }  # fmt: skip
    kept = clickhouse.rows("SELECT toString(properties.url) AS url FROM events WHERE event = 'Page Viewed'")
    assert not any("ada@" in view["url"] or "who" in view["url"] for view in kept)


def test_amounts_meet_by_the_rate_of_their_day_and_others_are_named(say: Say, actor: Any) -> None:
    rates = [
        Rate(dt.date(2026, 1, 5), "GBP", Decimal("0.8")),
        Rate(dt.date(2026, 1, 5), "USD", Decimal("1.6")),
    ]
    exchange_rates.put(actor=actor, rates=rates)
    for who, order, currency in (("a", "1", "EUR"), ("b", "2", "USD"), ("c", "3", "JPY")):
        say(
            visit(who, "01-05T09:00:00", "google", "cpc"), bought(who, "01-05T10:00:00", order, 100, currency)
        )
    shared = attribution(actor, Question(FIRST, LAST))
    assert shared.total.revenue == pytest.approx(80 + 50)
    assert (shared.total.conversions, shared.missing) == (3, {"JPY": Decimal(100)})


def test_days_are_those_of_the_workspace(say: Say, actor: Any) -> None:
    Workspace.objects.create(time_zone="Asia/Tokyo")
    say(visit("a", "01-31T14:00:00", "google", "cpc"), bought("a", "01-31T14:59:00", "1"))
    say(bought("b", "01-31T15:01:00", "2"))
    assert attribution(actor, Question(FIRST, LAST)).total.conversions == 1


@pytest.mark.parametrize(
    ("source", "medium", "channel"),
    [
        ("google", "cpc", "paid_search"), ("Google", "organic", "organic_search"), ("facebook", "cpc", "paid_social"),
        ("google.com", "", "organic_search"), ("newsletter", "E-Mail", "email"), ("t.co", "", "social"),
        ("blog.example.org", "", "referral"), ("x", "strange", "other"),
    ],
)  # fmt: skip
def test_paid_is_told_from_organic(source: str, medium: str, channel: str) -> None:
    assert channel_of(source, medium) == channel


def test_page_api_and_export_say_the_same(say: Say, page: Any, api: Any) -> None:
    say(
        visit("a", "01-05T10:00:00", "google", "cpc", "gifts"), visit("a", "01-08T10:00:00", "pinterest", "social"),
        bought("a", "01-12T11:00:00", "1", 99.99), bought("b", "01-13T10:00:00", "2", 40),
    )  # fmt: skip
    query = "first=2026-01-01&last=2026-01-31&by=campaign&model=position&measure=revenue"
    status, answer = api("GET", "/attribution?from=2026-01-01&to=2026-01-31&by=campaign&model=position")
    assert status == 200
    by_name = {row["name"]: Decimal(row["revenue"]) for row in answer["touchpoints"]}
    assert by_name == {"gifts (Paid search)": Decimal("50.00"), "Social without a campaign": Decimal("50.00")}
    assert (answer["total"]["revenue"], answer["untouched"]["conversions"]) == ("139.99", "1.00")
    lines = page.get(f"/attribution/?{query}&export=csv").content.decode().splitlines()
    rows = list(csv.DictReader(lines))
    assert {row["name"]: Decimal(row["position_revenue"]) for row in rows[:2]} == by_name
    shown = page.get(f"/attribution/?{query}&touch=paid_search|gifts").content.decode()
    assert "£50.00" in shown
    assert "Behind “gifts (Paid search)”, by Position" in shown
    assert page.get("/attribution/?first=2026-02-01&last=2026-01-01").status_code == 422
    assert api("GET", "/attribution?from=2026-02-01&to=2026-01-01")[0] == 422


def test_costs_come_back_as_cac_roas_roi_and_payback(say: Say, page: Any, api: Any) -> None:
    say(visit("a", "01-05T10:00:00", "google", "cpc", "gifts"), bought("a", "01-06T11:00:00", "1", 60))
    say(bought("a", "01-20T11:00:00", "2", 60))
    cost = {"first": "2026-01-01", "last": "2026-02-09", "channel": "paid_search", "campaign": "gifts"}
    csv_file = "from;to;channel;campaign;amount;currency\n2026-01-01;2026-02-09;paid_search;gifts;100;GBP\n"
    assert (
        page.post("/campaigns/costs/", {"file": SimpleUploadedFile("c.csv", csv_file.encode())}).status_code
        == 302
    )
    overlapping = {"costs": [cost | {"first": "2026-01-02", "amount": "5", "currency": "GBP"}]}
    assert api("PUT", "/costs", overlapping)[0] == 422
    assert api("PUT", "/costs", {"costs": [cost | {"amount": "129.0323", "currency": "GBP"}]})[1] == {
        "costs": 1
    }
    query = "/attribution?from=2026-01-01&to=2026-01-31&by=campaign&model=first"
    [line] = api("GET", query)[1]["touchpoints"]
    # 31 of 40 days of the cost; one new customer, who paid it back with the second order.
    assert (line["cost"], line["cac"], line["roas"], line["roi"]) == ("100.00", "100.00", 1.2, 0.2)
    assert line["payback_days"] == 14
    shown = page.get(
        "/attribution/?first=2026-01-01&last=2026-01-31&by=campaign&model=first"
    ).content.decode()
    assert ("£100.00" in shown, "20%" in shown, "14 days" in shown) == (True, True, True)


def test_a_campaign_is_one_however_its_name_is_capitalised(say: Say, api: Any) -> None:
    for who, name in (("a", "Gifts"), ("b", "GIFTS"), ("c", "Gifts")):
        say(visit(who, "01-05T10:00:00", "google", "cpc", name), bought(who, "01-06T11:00:00", who, 60))
    given = {"first": "2026-01-01", "last": "2026-01-10", "channel": "paid_search", "currency": "GBP"}
    assert api("PUT", "/costs", {"costs": [given | {"campaign": "gifts", "amount": "30"}]})[0] == 200
    overlapping = given | {"campaign": "gIFTS", "amount": "1", "last": "2026-01-09"}
    assert api("PUT", "/costs", {"costs": [overlapping]})[0] == 422
    [line] = api("GET", "/attribution?from=2026-01-01&to=2026-01-31&by=campaign")[1]["touchpoints"]
    assert (line["campaign"], line["conversions"], line["cost"]) == ("Gifts", "3.00", "30.00")


def test_campaigns_that_cost_something_come_in_pages(say: Say, api: Any, actor: Any, page: Any) -> None:
    say(visit("a", "01-05T10:00:00", "google", "cpc", "gifts"), bought("a", "01-06T11:00:00", "1", 60))
    day = dt.date(2026, 1, 1)
    rows = [costs.Given(day, day, "email", f"c{number:03}", Decimal(1), "GBP") for number in range(120)]
    costs.put(actor=actor, costs=rows)
    seen, query = [], "/attribution?from=2026-01-01&to=2026-01-31&by=campaign&limit=100"
    first = api("GET", query)[1]
    second = api("GET", f"{query}&cursor={first['next_cursor']}")[1]
    seen = [line["campaign"] for line in (*first["touchpoints"], *second["touchpoints"])]
    assert (len(first["touchpoints"]), len(set(seen)), second["next_cursor"]) == (100, 121, None)
    assert second["total"] == first["total"]
    assert api("GET", f"{query}&cursor=x")[0] == 400
    shown = page.get("/attribution/?first=2026-01-01&last=2026-01-31&by=campaign").content.decode()
    assert shown.count("(Email)") == 100


@pytest.mark.parametrize("wrong", [{"first": "0001-01-02"}, {"first": "9999-12-31"}, {"currency": "XXX"}])
def test_costs_of_no_sensible_day_or_currency_are_refused(api: Any, wrong: dict[str, str]) -> None:
    given = {"first": "2026-01-01", "channel": "email", "amount": "5", "currency": "GBP"}
    assert api("PUT", "/costs", {"costs": [given | wrong]})[0] == 422


def test_a_file_of_costs_is_refused_with_its_line(page: Any) -> None:
    bad = SimpleUploadedFile("c.csv", b"day,channel,amount\nyesterday,email,5\n")
    refused = page.post("/campaigns/costs/", {"file": bad})
    assert (refused.status_code, "Line 2:" in refused.content.decode()) == (422, True)


def test_after_a_campaign_is_renamed_its_clicks_and_its_costs_stand_in_one_row(say: Say, actor: Any) -> None:
    campaign = Campaign.objects.create(
        name="News", channel="sms",
        segment=Segment.objects.create(key="all", name="All", definition={"all": []}),
        template=templates.create_template(actor=actor, name="Text", channel="sms", fields={"text": "Hi"}),
        purpose=Purpose.objects.create(key="news", name="News"),
    )  # fmt: skip
    day = dt.date(2026, 1, 12)
    costs.put(actor=actor, costs=[costs.Given(day, day, "email", "News", Decimal(50), "GBP")])
    call = clicked("a", "01-12T10:00:00", "d1", 0.9)
    call[3]["properties"]["campaign_id"] = str(campaign.pk)
    say(call, bought("a", "01-12T11:00:00", "1"))
    Campaign.objects.update(name="Newsletter")
    shared = attribution(actor, Question(FIRST, LAST, by="campaign"))
    brought = returns(shared, "last", costs_of(shared))
    assert {key: (row.cost, row.roas) for key, row in brought.items()} == {"email|Newsletter": (50, 2.0)}
