"""Nothing is lost and nothing counts twice: leaving, reloading, offline, refusals, two tabs, full queues."""

from __future__ import annotations

import itertools

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.capture import CaptureServer

QUEUED = "Object.keys(localStorage).filter(name => name.startsWith('rapport_q_')).length"


def test_calls_within_half_a_second_travel_together(page: Page, capture: CaptureServer) -> None:
    page.goto(capture.site)
    page.evaluate("for (let n = 0; n < 5; n++) analytics.track('Event ' + n)")
    capture.wait(lambda: len(capture.kept) == 5)
    assert capture.names() == [f"Event {n}" for n in range(5)]
    assert len(capture.requests) == 1


def test_twenty_calls_are_sent_at_once(page: Page, capture: CaptureServer) -> None:
    page.goto(capture.site)
    # No timer that waits ever goes off, so that what is sent was not waited with.
    page.evaluate("""
        const plain = window.setTimeout;
        window.setTimeout = (run, wait) => wait > 0 ? 0 : plain(run, 0);
        for (let n = 0; n < 20; n++) analytics.track('Event ' + n);
    """)
    capture.wait(lambda: len(capture.kept) == 20)
    assert len(capture.requests) == 1


def test_large_events_are_split_below_the_servers_limit(page: Page, capture: CaptureServer) -> None:
    page.goto(capture.site)
    page.evaluate("for (let n = 0; n < 30; n++) analytics.track('Event ' + n, {text: 'ä'.repeat(14000)})")
    capture.wait(lambda: len(capture.kept) == 30)
    assert max(request["size"] for request in capture.requests) <= 450_000
    assert capture.names() == [f"Event {n}" for n in range(30)]


def test_an_event_over_32_kilobytes_is_refused_with_a_warning(page: Page, capture: CaptureServer) -> None:
    lines: list[str] = []
    page.on("console", lambda line: lines.append(line.text))
    page.goto(capture.site)
    page.evaluate("analytics.track('Huge', {text: 'x'.repeat(33000)}); analytics.track('Small')")
    capture.wait(lambda: capture.kept)
    assert capture.names() == ["Small"]
    assert "[rapport] event over 32 KB refused Huge" in lines


def test_an_event_tracked_while_leaving_arrives_once(page: Page, capture: CaptureServer) -> None:
    page.goto(capture.site)
    page.evaluate("analytics.track('Leaving'); location.href = '/other'")
    page.wait_for_url("**/other")
    capture.wait(lambda: capture.kept)
    page.wait_for_timeout(800)
    assert capture.names() == ["Leaving"]
    assert page.evaluate(QUEUED) == 0


def test_an_event_tracked_before_the_tab_closes_arrives(page: Page, capture: CaptureServer) -> None:
    page.goto(capture.site)
    page.evaluate("analytics.track('Closing')")
    page.close(run_before_unload=True)
    capture.wait(lambda: capture.kept)
    assert capture.names() == ["Closing"]


def test_what_is_too_much_for_leaving_is_sent_by_the_next_page(page: Page, capture: CaptureServer) -> None:
    capture.delay = 0.3
    page.goto(capture.site)
    page.evaluate("for (let n = 0; n < 12; n++) analytics.track('Event ' + n, {text: 'x'.repeat(9000)})")
    page.goto(f"{capture.site}/other")
    capture.wait(lambda: len(capture.kept) == 12)
    # The next page's request may overtake the last of the page before; each event carries when it happened.
    kept = sorted(capture.kept, key=lambda event: (event["timestamp"], int(event["event"].split()[1])))
    assert [event["event"] for event in kept] == [f"Event {n}" for n in range(12)]
    assert min(request["size"] for request in capture.requests) < 64_000


def test_events_of_an_unanswered_page_come_before_those_of_the_next(
    page: Page, capture: CaptureServer
) -> None:
    capture.answers = [(500, {})]
    page.goto(capture.site)
    page.evaluate("analytics.identify('u1'); location.href = '/other'")
    page.wait_for_url("**/other")
    page.evaluate("analytics.track('Later')")
    capture.wait(lambda: len(capture.kept) == 2)
    assert capture.names() == ["identify", "Later"]


def test_what_happens_offline_is_sent_when_the_network_is_back(
    page: Page, context: BrowserContext, capture: CaptureServer
) -> None:
    page.goto(capture.site)
    context.set_offline(True)
    page.evaluate("analytics.track('One'); analytics.track('Two')")
    page.wait_for_timeout(900)
    assert capture.kept == []
    context.set_offline(False)
    capture.wait(lambda: len(capture.kept) == 2)
    assert capture.names() == ["One", "Two"]


def test_what_happened_offline_survives_the_tab(
    page: Page, context: BrowserContext, capture: CaptureServer
) -> None:
    page.goto(capture.site)
    context.set_offline(True)
    page.evaluate("analytics.track('Kept')")
    page.close()
    context.set_offline(False)
    context.new_page().goto(f"{capture.site}/other")
    capture.wait(lambda: capture.names() == ["Kept"])


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_refused_batch_is_repeated_with_the_same_message_ids(
    page: Page, capture: CaptureServer, status: int
) -> None:
    capture.answers = [(status, {})]
    page.goto(capture.site)
    page.evaluate("analytics.track('Seen')")
    capture.wait(lambda: len(capture.requests) == 2)
    first, second = (request["body"]["batch"][0]["messageId"] for request in capture.requests)
    assert first == second
    capture.wait(lambda: page.evaluate(QUEUED) == 0)


def test_retry_after_is_waited_for(page: Page, capture: CaptureServer) -> None:
    capture.answers = [(429, {"Retry-After": "2"})]
    page.goto(capture.site)
    page.evaluate("analytics.track('Seen')")
    capture.wait(lambda: len(capture.requests) == 2)
    assert 1.9 < capture.requests[1]["at"] - capture.requests[0]["at"] < 3.5


def test_waits_between_repeats_grow(page: Page, capture: CaptureServer) -> None:
    capture.answers = [(500, {})] * 3
    page.goto(capture.site)
    page.evaluate("analytics.track('Seen')")
    capture.wait(lambda: len(capture.requests) == 4, seconds=15)
    at = [request["at"] for request in capture.requests]
    waits = [later - earlier for earlier, later in itertools.pairwise(at)]
    assert waits[0] < waits[1] < waits[2]


def test_a_final_refusal_is_dropped_and_said(page: Page, capture: CaptureServer) -> None:
    lines: list[str] = []
    page.on("console", lambda line: lines.append(line.text))
    capture.answers = [(400, {})]
    page.goto(capture.site)
    page.evaluate("analytics.track('Refused')")
    capture.wait(lambda: page.evaluate(QUEUED) == 0)
    page.evaluate("analytics.track('Next')")
    capture.wait(lambda: capture.names() == ["Next"])
    assert any("1 events refused: 400" in line for line in lines)


def test_one_request_is_under_way_at_a_time(page: Page, capture: CaptureServer) -> None:
    capture.delay = 0.3
    page.goto(capture.site)
    page.evaluate("analytics.identify('u1'); analytics.flush()")
    capture.wait(lambda: capture.requests)
    page.evaluate("analytics.track('Later'); analytics.flush()")
    capture.wait(lambda: len(capture.kept) == 2)
    assert capture.requests[1]["at"] - capture.requests[0]["at"] > 0.29


def test_two_tabs_share_one_visitor_and_one_queue(
    page: Page, context: BrowserContext, capture: CaptureServer
) -> None:
    capture.delay = 0.4
    tabs = [page, context.new_page()]
    for tab in tabs:
        tab.goto(capture.site)
    for n in range(10):
        tabs[n % 2].evaluate(f"analytics.track('Event {n}'); analytics.flush()")
    capture.wait(lambda: len(capture.kept) == 10)
    assert capture.names() == [f"Event {n}" for n in range(10)]
    assert len({event["anonymousId"] for event in capture.kept}) == 1
    assert sum(len(request["body"]["batch"]) for request in capture.requests) == 10


def test_the_queue_is_bounded_and_drops_the_oldest(
    page: Page, context: BrowserContext, capture: CaptureServer
) -> None:
    page.goto(capture.site)
    context.set_offline(True)
    page.evaluate("for (let n = 0; n < 1010; n++) analytics.track('Event ' + n)")
    assert page.evaluate(QUEUED) == 1000
    context.set_offline(False)
    capture.wait(lambda: len(capture.kept) == 1000, seconds=20)
    assert (capture.names()[0], capture.names()[-1]) == ("Event 10", "Event 1009")


def test_a_slow_server_does_not_delay_the_next_page(page: Page, capture: CaptureServer) -> None:
    capture.delay = 1.0
    page.goto(capture.site)
    page.evaluate("analytics.track('Slow')")
    page.goto(f"{capture.site}/other")
    assert page.evaluate("performance.getEntriesByType('navigation')[0].duration") < 900
