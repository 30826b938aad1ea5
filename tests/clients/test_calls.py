"""Other people's clients, unmodified: every call they have arrives, as the person said it."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.clients.clients import CLIENTS, having
from tests.clients.in_browser import Given, InBrowser
from tests.clients.proxy import Proxy
from tests.clients.rapport import Rapport, until

ORDER = {
    "order_id": "1001",
    "total": 49.9,
    "currency": "EUR",
    "products": [{"product_id": "mug", "quantity": 2}],
}
PAST = "2026-01-31T12:00:00+00:00"
NAMES = {
    "identify": "Identified", "track": "Order Completed", "page": "Page Viewed", "screen": "Screen Viewed",
    "group": "Group Joined", "alias": "Aliased",
}  # fmt: skip


@dataclass(slots=True)
class ClientRun:
    """What one client was made to say, and what came of it."""

    client: str
    user: str
    requests: list[Any]
    events: dict[str, dict[str, Any]]
    count: int
    others: set[str]


def calls(client: str, user: str) -> list[Any]:
    """One call of each kind this client has."""
    who = {} if isinstance(CLIENTS[client], InBrowser) else {"userId": user}
    values = {
        "identify": {"userId": user, "traits": {"email": f"{user}@example.org", "plan": "gold", "age": 36}},
        "track": {**who, "event": "Order Completed", "properties": ORDER, "timestamp": PAST},
        "page": {**who, "category": "Docs", "name": "Sizes", "properties": {"depth": 3}},
        "screen": {**who, "name": "Basket", "properties": {"items": 2}},
        "group": {**who, "groupId": f"company-{user}", "traits": {"name": "Acme", "employees": 12}},
        "alias": {"previousId": f"visitor-{user}", "userId": user},
    }
    return [(kind, values[kind]) for kind in CLIENTS[client].calls]


@pytest.fixture(scope="package", params=CLIENTS)
def client_run(request: pytest.FixtureRequest, rapport: Rapport, browser: Browser, site: str) -> ClientRun:
    client = CLIENTS[request.param]
    user = f"{client.name}-{time.time():.0f}"
    with Proxy(rapport.url) as proxy:
        hosts = client.tell(proxy.url, rapport.write_key, calls(client.name, user), Given(browser, site))
        events = rapport.wait(f"user_id:{user}", len(client.calls))
        return ClientRun(
            client.name,
            user,
            proxy.seen,
            {event["type"]: event for event in events},
            len(events),
            hosts - {urlsplit(address).netloc for address in (proxy.url, site)},
        )


def test_every_call_arrives_once_under_its_name(client_run: ClientRun) -> None:
    expected = {kind: NAMES[kind] for kind in CLIENTS[client_run.client].calls}
    assert {kind: event["event"] for kind, event in client_run.events.items()} == expected
    assert client_run.count == len(expected)


def test_a_tracked_event_keeps_its_properties(client_run: ClientRun) -> None:
    assert client_run.events["track"]["properties"].items() >= ORDER.items()


def test_the_person_has_the_traits_and_the_address(client_run: ClientRun, rapport: Rapport) -> None:
    person = rapport.person(f"email:{client_run.user}@example.org")
    assert person["traits"] | {"plan": "gold", "age": 36} == person["traits"]
    assert person["is_identified"]


@pytest.mark.parametrize("client_run", having("group"), indirect=True)
def test_a_group_call_makes_the_company_and_the_person_its_member(
    client_run: ClientRun, rapport: Rapport
) -> None:
    person = rapport.person(f"user_id:{client_run.user}")
    group_id, name, traits = rapport.company_of(person["id"])
    assert (group_id, name, traits["employees"]) == (f"company-{client_run.user}", "Acme", 12)


@pytest.mark.parametrize("client_run", having("alias"), indirect=True)
def test_an_alias_joins_the_two_ids(client_run: ClientRun, rapport: Rapport) -> None:
    person = rapport.person(f"user_id:{client_run.user}")
    assert f"visitor-{client_run.user}" in {identifier["value"] for identifier in person["identifiers"]}


def test_a_page_keeps_its_name_category_and_properties(client_run: ClientRun) -> None:
    properties = client_run.events["page"]["properties"]
    assert (properties["name"], properties["category"], properties["depth"]) == ("Sizes", "Docs", 3)


def test_a_time_that_was_given_is_kept_and_others_are_now(client_run: ClientRun) -> None:
    at = {kind: dt.datetime.fromisoformat(event["at"]) for kind, event in client_run.events.items()}
    if CLIENTS[client_run.client].is_dated:
        assert abs(at["track"] - dt.datetime.fromisoformat(PAST)) < dt.timedelta(seconds=3)
    received = dt.datetime.fromisoformat(client_run.events["page"]["received_at"])
    assert dt.timedelta() <= received - at["page"] < dt.timedelta(seconds=10)


def test_message_ids_and_the_client_s_name_are_kept(client_run: ClientRun) -> None:
    sent = set().union(*(request.message_ids for request in client_run.requests if request.method == "POST"))
    assert {event["message_id"] for event in client_run.events.values()} == sent
    assert all(event["context"]["library"]["name"] for event in client_run.events.values())


def test_no_request_is_refused(client_run: ClientRun) -> None:
    assert {request.status for request in client_run.requests} <= {200, 204}


def test_a_page_asks_nobody_else(client_run: ClientRun) -> None:
    assert client_run.others == set()


def test_nothing_is_set_aside(client_run: ClientRun, rapport: Rapport) -> None:
    assert rapport.quarantined(client_run.user) == []


@pytest.mark.parametrize("client", [name for name in CLIENTS if name != "segment-python"])
def test_a_wrong_clock_is_corrected(
    client: str, rapport: Rapport, proxy: Proxy, browser: Browser, site: str
) -> None:
    user, given = f"{client}-late-{time.time():.0f}", Given(browser, site)
    CLIENTS[client].tell(proxy.url, rapport.write_key, calls(client, user)[:1], given, clock=-86_400_000)
    event = rapport.wait(f"user_id:{user}", 1)[0]
    age = dt.datetime.fromisoformat(event["received_at"]) - dt.datetime.fromisoformat(event["at"])
    assert dt.timedelta() <= age < dt.timedelta(seconds=10)
    assert until(lambda: proxy.posts)[0].status == 200
