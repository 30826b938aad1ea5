"""Opens and clicks wait, are judged with all that is seen around them, and are judged again when more is seen."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from rapport.content.models import Link
from rapport.core.clock import VirtualClock
from rapport.core.models import OutboxEvent
from rapport.events.models import Source
from rapport.events.registry import ClickSeen
from rapport.messaging.models import Delivery, Engagement, TrackingRequest
from rapport.messaging.services import afterwards, judging, tracking, tracking_requests
from rapport.messaging.services.tracking import Request
from rapport.messaging.tests import driving

pytestmark = pytest.mark.django_db
BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36",
    "Accept-Language": "de",
}
HOME, OFFICE = Request(BROWSER, "84.160.10.20"), Request(BROWSER, "198.51.100.9")


@pytest.fixture
def deliveries(consenting: Any, order: Any, work: Any, clock: VirtualClock) -> list[Delivery]:
    for name in ("ada", "ben", "cem", "dora"):
        consenting(name)
    order()
    work()
    clock.advance(dt.timedelta(hours=1))
    OutboxEvent.objects.all().delete()
    return list(Delivery.objects.order_by("address"))


def click(delivery: Delivery, clock: VirtualClock, request: Request, position: int = 0) -> str:
    return tracking.record_click(delivery_id=delivery.pk, position=position, request=request, clock=clock)


def told() -> list[dict[str, Any]]:
    """The events since last asked."""
    lines = [line for row in OutboxEvent.objects.order_by("id") for line in bytes(row.payload).splitlines()]
    OutboxEvent.objects.all().delete()
    return [json.loads(line) for line in lines]


def test_nothing_is_told_before_it_has_waited(deliveries: list[Delivery], clock: VirtualClock) -> None:
    click(deliveries[0], clock, HOME)
    assert (judging.run_once(clock), told(), Engagement.objects.count()) == (0, [], 0)
    driving.judge_all(clock)
    event = told()[0]
    assert event["event"] == "Message Clicked"
    assert event["properties"]["human_probability"] > 0.9
    assert event["properties"]["human_reasons"] == ["browser"]


def test_the_hidden_link_gives_a_sweep_away_also_at_another_recipient(
    deliveries: list[Delivery], clock: VirtualClock
) -> None:
    click(deliveries[0], clock, OFFICE)
    click(deliveries[1], clock, OFFICE)
    clock.advance(dt.timedelta(minutes=1))
    click(deliveries[1], clock, HOME, position=1)
    driving.judge_all(clock)
    events = told()
    assert all(event["properties"]["human_probability"] > 0.5 for event in events)
    clock.advance(dt.timedelta(minutes=10))
    tracking.record_trap(delivery_id=deliveries[0].pk, request=OFFICE, clock=clock)
    driving.judge_all(clock)
    rows = {
        (row.delivery_id, row.link.position): (row.human_probability < 0.5, row.human_reasons)
        for row in Engagement.objects.select_related("link")
    }
    assert rows == {
        (deliveries[0].pk, 0): (True, ["hidden_link"]),
        (deliveries[1].pk, 0): (True, ["hidden_link"]),
        (deliveries[1].pk, 1): (False, ["browser"]),
    }
    corrections = told()
    assert [event["event"] for event in corrections] == ["Message Reassessed"] * 2
    assert {event["properties"]["event"] for event in corrections} == {"Message Clicked"}


def test_all_links_within_seconds_are_a_scanners(deliveries: list[Delivery], clock: VirtualClock) -> None:
    for position in range(2):
        click(deliveries[0], clock, HOME, position)
    Link.objects.create(
        template_version_id=deliveries[0].send.template_version_id, position=2, url="https://a.example"
    )
    click(deliveries[0], clock, OFFICE, position=2)
    click(deliveries[1], clock, HOME)
    driving.judge_all(clock)
    by_machine = Engagement.objects.filter(human_probability__lt=0.5)
    assert {(row.delivery_id, row.human_reasons[0]) for row in by_machine} == {
        (deliveries[0].pk, "many_links")
    }
    assert by_machine.count() == 3


def test_one_address_at_many_recipients_is_a_scanner(deliveries: list[Delivery], clock: VirtualClock) -> None:
    for delivery in deliveries:
        click(delivery, clock, OFFICE)
        clock.advance(dt.timedelta(seconds=10))
    driving.judge_all(clock)
    assert {row.human_reasons[0] for row in Engagement.objects.all()} == {"many_recipients"}


def test_a_probe_before_the_click_counts_against_it_and_is_none_itself(
    deliveries: list[Delivery], clock: VirtualClock
) -> None:
    tracking.record_click(
        delivery_id=deliveries[0].pk, position=0, request=OFFICE, is_probe=True, clock=clock
    )
    driving.judge_all(clock)
    assert not Engagement.objects.exists()
    click(deliveries[0], clock, OFFICE)
    driving.judge_all(clock)
    assert Engagement.objects.get().human_reasons == ["probed"]


def test_what_is_done_on_the_page_afterwards_makes_a_click_human(
    deliveries: list[Delivery], clock: VirtualClock
) -> None:
    Source.objects.create(
        name="Shop", kind="website", write_key="k", allowed_origins=["https://shop.example"]
    )
    clock.advance(dt.timedelta(days=1))  # not the websites of another test
    target = click(deliveries[0], clock, Request({**BROWSER, "Accept-Language": ""}, "3.5.140.2"))
    mark = target.partition("rapport_click=")[2]
    assert target.startswith("https://shop.example/sale?who=")
    driving.judge_all(clock)
    assert told()[0]["properties"]["human_probability"] < 0.5
    for kind, event in (("page", "Page Viewed"), ("track", "Product Viewed"), ("track", "Form Submitted")):
        afterwards.take_seen(
            [ClickSeen(mark, kind, event, clock.now()), ClickSeen("x" * 30, kind, event, clock.now())]
        )
    driving.judge_all(clock)
    assert Engagement.objects.get().human_probability > 0.8
    again = told()
    assert [(event["event"], event["properties"]["reassessed"]) for event in again] == [
        ("Message Clicked", True)
    ]


def test_addresses_and_requests_are_forgotten_and_the_judgement_stays(
    deliveries: list[Delivery], clock: VirtualClock
) -> None:
    click(deliveries[0], clock, HOME)
    assert HOME.address not in TrackingRequest.objects.get().network
    driving.judge_all(clock)
    tracking_requests.tidy(clock.now() + tracking_requests.COMPARED + dt.timedelta(hours=1))
    assert TrackingRequest.objects.get().network == ""
    tracking_requests.tidy(clock.now() + tracking_requests.KEPT + dt.timedelta(hours=1))
    assert not TrackingRequest.objects.exists()
    clock.advance(dt.timedelta(days=9))
    click(deliveries[0], clock, Request({"User-Agent": "BarracudaCentral"}))
    driving.judge_all(clock)
    row = Engagement.objects.get()
    assert (row.times, row.human_reasons) == (2, ["browser"])


def test_a_flood_fills_neither_the_table_nor_the_log(deliveries: list[Delivery], clock: VirtualClock) -> None:
    for _ in range(tracking_requests.MOST + 10):
        tracking.record_open(delivery_id=deliveries[0].pk, request=HOME, clock=clock)
    driving.judge_all(clock)
    assert Engagement.objects.get().times == tracking_requests.MOST
    assert len(told()) == judging.MOST_EVENTS


def test_the_hidden_link_of_a_mail_leads_to_a_page_that_says_so(
    client: Any, deliveries: list[Delivery], sink: Any
) -> None:
    html = sink.message().get_body(("html",)).get_content()
    hidden = html[html.index("<body") :].partition('href="')[2].partition('"')[0]
    assert client.head("/" + hidden.split("/", 3)[3]).status_code == 200
    assert not TrackingRequest.objects.exists()
    answer = client.get("/" + hidden.split("/", 3)[3])
    assert (answer.status_code, TrackingRequest.objects.get().kind) == (200, "trap")
    assert "noindex" in answer.headers["X-Robots-Tag"]


def test_the_answer_to_a_request_waits_for_few_questions(
    deliveries: list[Delivery], clock: VirtualClock, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        tracking.record_open(delivery_id=deliveries[0].pk, request=HOME, clock=clock)
    click(deliveries[0], clock, HOME, position=1)
    with django_assert_num_queries(3):
        click(deliveries[0], clock, HOME, position=1)


def test_the_unsubscribe_page_belongs_to_a_sweep_and_changes_nothing(
    deliveries: list[Delivery], clock: VirtualClock
) -> None:
    tracking.record_leaving(delivery_id=deliveries[0].pk, request=OFFICE, clock=clock)
    for position in range(2):
        click(deliveries[0], clock, OFFICE, position)
    driving.judge_all(clock)
    assert {row.human_reasons[0] for row in Engagement.objects.all()} == {"many_links"}
    assert not any(event["event"] == "Unsubscribed" for event in told())
