from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rapport.core.clock import SYSTEM
from rapport.demo.models import DemoShop, ShopEvent
from rapport.demo.seeding import load
from rapport.demo.seeding.capture_client import CaptureClient, Refused, Unreachable
from rapport.demo.services import telling


class Server(ThreadingHTTPServer):
    """Answers with `answers` one after the other, then with 200, and keeps the bodies it took."""

    answers: list[tuple[int, dict[str, str]]]
    taken: list[bytes]


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        status, headers = self.server.answers.pop(0) if self.server.answers else (200, {})
        if status == 200:
            self.server.taken.append(body)
        self.send_response(status)
        for name, value in {**headers, "content-length": "0"}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server(("127.0.0.1", 0), Handler)
    running.answers, running.taken = [], []
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield running
    running.shutdown()
    running.server_close()


@pytest.fixture
def client(server: Server) -> CaptureClient:
    return CaptureClient(f"http://127.0.0.1:{server.server_port}", "wk_x")


@pytest.fixture
def shop(db: None) -> DemoShop:
    return DemoShop.objects.create(website_key="a", server_key="b", history_until=SYSTEM.now())


def test_a_429_is_waited_for_as_long_as_it_says(server, client):
    server.answers, waits = [(429, {"retry-after": "3"})], []
    client.send(b"{}", sleep=waits.append)
    assert (waits, server.taken) == ([3.0], [b"{}"])


def test_a_server_error_is_tried_again(server, client):
    server.answers = [(503, {}), (500, {})]
    client.send(b"{}", sleep=lambda _: None)
    assert server.taken == [b"{}"]


def test_a_refusal_is_final(server, client):
    server.answers = [(401, {})]
    with pytest.raises(Refused, match="401"):
        client.send(b"{}", sleep=lambda _: None)


def test_a_server_that_stays_away_is_said(server, client):
    server.answers = [(503, {})] * 3
    with pytest.raises(Unreachable, match="503"):
        client.send(b"{}", tries=3, sleep=lambda _: None)


def test_loading_sends_every_batch_once(server, client, shop):
    figures = list(load.load("", batches=[(2, b"1"), (3, b"2")], client=client))
    assert sorted(server.taken) == [b"1", b"2"]
    assert figures[-1] == (5, 5)
    assert load.is_loaded()


def test_an_interrupted_load_goes_on_behind_what_was_accepted(server, client, shop):
    DemoShop.objects.update(history_batches=1, history_events=2)
    list(load.load("", batches=[(2, b"1"), (3, b"2")], client=client))
    assert server.taken == [b"2"]


def test_a_loaded_history_is_not_loaded_again(server, client, shop):
    list(load.load("", batches=[(2, b"1")], client=client))
    assert list(load.load("", batches=[(2, b"1")], client=client)) == []


def test_the_shops_events_are_forgotten_once_taken(server, client, shop):
    ShopEvent.objects.create(payload={"type": "track", "event": "Order Completed"})
    assert telling.tell_waiting(client=client) == 1
    assert not ShopEvent.objects.exists()


def test_the_shops_events_stay_while_capture_is_away(server, client, shop):
    ShopEvent.objects.create(payload={"type": "track"})
    server.answers = [(503, {})]
    assert telling.tell_waiting(client=client) == 0
    assert ShopEvent.objects.get().attempts == 1
    assert telling.tell_waiting(client=client) == 0  # not due yet
