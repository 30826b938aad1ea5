"""Networks fail: whatever befalls a request, each event is there exactly once."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.clients.clients import CLIENTS
from tests.clients.in_browser import Given, InBrowser
from tests.clients.proxy import Proxy
from tests.clients.rapport import Rapport

# How the clients are told not to wait for minutes. Nothing else about their retries is changed.
FASTER = {"rudder-node": {"axiosRetryConfig": {"retries": 5}}}


def user_of(client: str, what: str) -> str:
    return f"{client}-{what}-{time.time_ns() // 1_000_000}"


def pings(client: str, user: str, count: int) -> list:
    who = {} if isinstance(CLIENTS[client], InBrowser) else {"userId": user}
    named = [("identify", {"userId": user, "traits": {"plan": "gold"}})]
    return named + [("track", {**who, "event": f"Ping {n}", "properties": {"n": n}}) for n in range(count)]


def tell(client: str, rapport: Rapport, proxy: Proxy, given: Given, user: str, count: int = 3) -> list:
    CLIENTS[client].tell(
        proxy.url, rapport.write_key, pings(client, user, count), given, **FASTER.get(client, {})
    )
    return rapport.wait(f"user_id:{user}", count + 1)


@pytest.fixture
def given(browser: Browser, site: str) -> Given:
    return Given(browser, site)


RETRIED = [(name, fault) for name, client in CLIENTS.items() for fault in client.retries]


@pytest.mark.parametrize(("client", "fault"), RETRIED)
def test_each_event_is_there_once_whatever_befalls_its_request(
    client: str, fault: str, rapport: Rapport, proxy: Proxy, given: Given
) -> None:
    proxy.faults = [fault]
    user = user_of(client, fault)
    events = tell(client, rapport, proxy, given, user)
    assert sorted(event["event"] for event in events) == ["Identified", "Ping 0", "Ping 1", "Ping 2"]
    first = proxy.posts[0]
    again = [request for request in proxy.posts[1:] if first.message_ids & request.message_ids]
    assert again, "the client did not send the same messageId again"
    assert first.status in {500, 429, 0}


@pytest.mark.parametrize("client", ["segment-python", "segment-node", "rudder-node"])
def test_a_client_that_is_told_when_to_come_again_waits_so_long(
    client: str, rapport: Rapport, proxy: Proxy, given: Given
) -> None:
    proxy.faults = ["429"]
    tell(client, rapport, proxy, given, user_of(client, "wait"), count=1)
    first = proxy.posts[0]
    again = next(request for request in proxy.posts[1:] if first.message_ids & request.message_ids)
    assert 0.9 < again.at - first.at < 5


def test_a_counted_retry_is_taken_like_any_other(rapport: Rapport, proxy: Proxy, given: Given) -> None:
    proxy.faults = ["500"]
    tell("segment-python", rapport, proxy, given, user_of("segment-python", "counted"), count=1)
    retries = [request for request in proxy.posts if request.headers.get("x-retry-count") == "1"]
    assert [request.status for request in retries] == [200]


def test_a_client_that_has_gone_ends_no_process(rapport: Rapport) -> None:
    """Who writes to a closed connection gets SIGPIPE, which by default ends it: with it everybody else's requests."""
    processes = json.loads((rapport.data / "run" / "processes.json").read_text())
    python = {name: pid for name, pid in processes.items() if name not in {"postgres", "clickhouse"}}
    assert {"web", "worker", "stream", "projector"} <= set(python)
    for name, pid in python.items():
        ignored = Path(f"/proc/{pid}/status").read_text().partition("SigIgn:")[2].split()[0]
        assert int(ignored, 16) >> (signal.SIGPIPE - 1) & 1, name
