"""The forms in which the clients send: batches, gzip under any name, plain text, one call a request."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import Browser

from tests.clients.clients import CLIENTS
from tests.clients.in_browser import Given, InBrowser
from tests.clients.proxy import Proxy
from tests.clients.rapport import Rapport
from tests.clients.test_faults import pings, user_of

BATCHED = {
    "segment-python": {"gzip": True, "upload_size": 100},
    "segment-node": {"maxEventsInBatch": 50},
    "rudder-node": {"flushAt": 50},
    "segment-browser": {
        "api": {"deliveryStrategy": {"strategy": "batching", "config": {"size": 50, "timeout": 300}}}
    },
    "rudder-browser": {"queueOptions": {"batch": {"enabled": True, "maxItems": 20, "flushInterval": 300}}},
}


@pytest.fixture
def given(browser: Browser, site: str) -> Given:
    return Given(browser, site)


@pytest.mark.parametrize("client", CLIENTS)
def test_numbered_events_are_there_once_each(client: str, rapport: Rapport, given: Given) -> None:
    user, sender = user_of(client, "many"), CLIENTS[client]
    # One request an event takes a page long; a thousand of each were counted by hand.
    in_page = isinstance(sender, InBrowser)
    count, pace = (200, {"in_turn": True, "at_once": sender.at_once}) if in_page else (1000, {})
    sender.tell(rapport.url, rapport.write_key, pings(client, user, count), given, **pace)
    events = rapport.wait(f"user_id:{user}", count + 1)
    numbers = [event["properties"]["n"] for event in events if event["type"] == "track"]
    assert sorted(numbers) == list(range(count))


@pytest.mark.parametrize("client", BATCHED)
def test_batches_arrive_whole(client: str, rapport: Rapport, proxy: Proxy, given: Given) -> None:
    user, count = user_of(client, "batch"), 60
    CLIENTS[client].tell(proxy.url, rapport.write_key, pings(client, user, count), given, **BATCHED[client])
    events = rapport.wait(f"user_id:{user}", count + 1)
    assert sorted(event["properties"]["n"] for event in events if event["type"] == "track") == list(
        range(count)
    )
    assert max(len(request.calls) for request in proxy.posts) >= 10


def test_gzip_that_says_so_is_read(rapport: Rapport, proxy: Proxy, given: Given) -> None:
    user = user_of("segment-python", "gzip")
    calls = pings("segment-python", user, 1)
    CLIENTS["segment-python"].tell(proxy.url, rapport.write_key, calls, given, gzip=True)
    assert len(rapport.wait(f"user_id:{user}", 2)) == 2
    assert proxy.posts[0].headers["content-encoding"] == "gzip"


def test_gzip_under_a_form_s_content_type_is_read(rapport: Rapport, proxy: Proxy, given: Given) -> None:
    user = user_of("rudder-node", "gzip")
    CLIENTS["rudder-node"].tell(proxy.url, rapport.write_key, pings("rudder-node", user, 1), given)
    assert len(rapport.wait(f"user_id:{user}", 2)) == 2
    sent = proxy.posts[0]
    assert (sent.headers["content-type"], sent.raw[:2]) == ("application/x-www-form-urlencoded", b"\x1f\x8b")
    assert "writeKey" not in sent.body


def test_segment_s_page_sends_plain_text_to_the_short_paths(
    rapport: Rapport, proxy: Proxy, given: Given
) -> None:
    user = user_of("segment-browser", "short")
    CLIENTS["segment-browser"].tell(proxy.url, rapport.write_key, pings("segment-browser", user, 1), given)
    rapport.wait(f"user_id:{user}", 2)
    assert {request.path for request in proxy.posts} == {"/v1/i", "/v1/t"}
    assert proxy.posts[0].headers["content-type"] == "text/plain"
    paths = [request.path for request in proxy.seen if request.method == "GET"]
    assert paths == [f"/v1/projects/{rapport.write_key}/settings"]


def test_segment_s_page_needs_no_more_than_the_address_of_its_settings(
    rapport: Rapport, proxy: Proxy, given: Given
) -> None:
    user = user_of("segment-browser", "settings")
    CLIENTS["segment-browser"].tell(
        proxy.url, rapport.write_key, pings("segment-browser", user, 1), given, settingsOnly=True
    )
    assert len(rapport.wait(f"user_id:{user}", 2)) == 2
    assert {request.path for request in proxy.posts} == {"/v1/i", "/v1/t"}


def test_rudderstack_s_page_asks_for_its_source_and_is_let_through_the_preflight(
    rapport: Rapport, proxy: Proxy, given: Given
) -> None:
    user = user_of("rudder-browser", "preflight")
    CLIENTS["rudder-browser"].tell(proxy.url, rapport.write_key, pings("rudder-browser", user, 1), given)
    rapport.wait(f"user_id:{user}", 2)
    wanted = {request.headers.get("access-control-request-headers") for request in proxy.seen} - {None}
    assert "anonymousid,authorization,content-type,sentat" in wanted
    assert any(request.path.startswith("/sourceConfig/?") for request in proxy.seen)


@pytest.mark.parametrize("client", ["segment-browser", "rudder-browser"])
def test_a_visitor_becomes_the_person_who_signs_in(
    client: str, rapport: Rapport, proxy: Proxy, given: Given
) -> None:
    user = user_of(client, "visitor")
    calls = [("page", {"name": "Home"}), *pings(client, user, 1)]
    # Segment's client puts the user id in when it delivers an event, so the page is to be delivered before.
    CLIENTS[client].tell(proxy.url, rapport.write_key, calls, given, in_turn=True)
    events = rapport.wait(f"user_id:{user}", 3)
    assert {event["type"] for event in events} == {"page", "identify", "track"}
    page = next(event for event in events if event["type"] == "page")
    assert page["user_id"] == ""
    assert page["context"]["campaign"] == {"source": "mail", "name": "spring"}
    assert page["context"]["page"]["path"] == "/shop"
    assert page["context"]["locale"] == "en-GB"


@pytest.mark.parametrize("path", ["v1/projects/wk_nobody/settings", "sourceConfig/?writeKey=wk_nobody"])
def test_a_key_that_nobody_has_gets_no_settings(path: str, rapport: Rapport) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{rapport.url}/{path}")
    assert refused.value.code == 404
    assert json.load(refused.value)["code"] == "invalid_write_key"


@pytest.mark.parametrize("client", ["segment-snippet-5", "segment-snippet-4"])
def test_the_snippet_as_it_is_copied_records_its_page_once(
    client: str, rapport: Rapport, proxy: Proxy, given: Given
) -> None:
    user = user_of(client, "copied")
    CLIENTS[client].tell(proxy.url, rapport.write_key, pings(client, user, 1), given, page=True)
    events = rapport.wait(f"user_id:{user}", 3)
    assert sorted(event["type"] for event in events) == ["identify", "page", "track"]
    loaded = [request.path for request in proxy.seen if request.method == "GET"]
    script = f"/analytics.js/v1/{rapport.write_key}/analytics.min.js"
    assert loaded == [script, f"/v1/projects/{rapport.write_key}/settings"]
