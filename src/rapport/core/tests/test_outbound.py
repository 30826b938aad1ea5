"""Requests to addresses that somebody typed in never lead inside, and never take for ever."""

import contextlib
import gzip
import http.server
import io
import socket
import threading
import tracemalloc

import pytest

from rapport.core.services import outbound

INSIDE = "[fec0::1] [::7f00:1] [64:ff9b:1::7f00:1] [2002:7f00:1::] [2001:0:7f00:1::] [fe80::1] 240.0.0.1 0x7f.1".split()


@pytest.mark.parametrize("host", INSIDE)
def test_no_spelling_of_an_inside_address_is_public(settings, host):
    settings.OUTBOUND_ALLOW = []
    with pytest.raises(outbound.Refused):
        outbound.check(f"http://{host}/")


class Limit:
    """In place of the timer of a whole request: over when the test says so."""

    seconds, over = 0.0, staticmethod(lambda: None)

    def __init__(self, seconds, over):
        Limit.seconds, Limit.over = seconds, staticmethod(over)

    def start(self):
        pass

    cancel = start


@pytest.fixture
def dripping():
    """A server that says a header letter by letter, and after the first that the time is over."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _ = server.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
            Limit.over()
            with contextlib.suppress(OSError):
                connection.sendall(b"a")
                connection.recv(1)

    threading.Thread(target=serve, daemon=True).start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}/"
    server.close()


def test_an_answer_that_never_ends_is_given_up(settings, dripping, monkeypatch):
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    monkeypatch.setattr(outbound.threading, "Timer", Limit)
    with pytest.raises(outbound.Unreachable):
        outbound.request("POST", dripping, timeout=600)
    assert Limit.seconds == outbound.WHOLE


@pytest.fixture
def answering():
    """A server that answers as many requests a connection as it is told to, and then hangs up on what it was sent."""
    server = socket.create_server(("127.0.0.1", 0))
    connections = []

    def serve(answers):
        for count in answers:
            connection, _ = server.accept()
            connections.append(connection)
            with connection:
                for _ in range(count):
                    read(connection)
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                read(connection)

    def read(connection):
        """One whole request, in however many pieces it comes."""
        seen = b""
        while not (seen.endswith(b"\r\n\r\na") or (seen.endswith(b"\r\n\r\n") and b"ngth: 1" not in seen)):
            piece = connection.recv(65536)
            if not piece:
                return
            seen += piece

    def start(*answers):
        threading.Thread(target=serve, args=[answers], daemon=True).start()
        return f"http://127.0.0.1:{server.getsockname()[1]}/", connections

    yield start
    server.close()


def test_a_session_keeps_its_connection_and_says_whether_a_lost_request_may_have_arrived(settings, answering):
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    url, connections = answering(2, 1)
    session = outbound.Session()
    assert [session.request("POST", url, body=b"a").text for _ in range(2)] == ["ok", "ok"]
    assert len(connections) == 1
    with pytest.raises(outbound.Unreachable) as lost:
        session.request("POST", url, body=b"a")
    assert lost.value.sent
    assert session.request("POST", url).text == "ok"
    session.close()


def test_a_session_that_finds_nobody_has_sent_nothing(settings):
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
    with pytest.raises(outbound.Unreachable) as refused:
        outbound.Session().request("POST", url, body=b"a")
    assert not refused.value.sent


def test_a_session_asks_nobody_inside(settings):
    settings.OUTBOUND_ALLOW = []
    with pytest.raises(outbound.Refused):
        outbound.Session().request("GET", "http://127.0.0.1/")


@pytest.fixture
def packing():
    """A server that answers with 200 MB of blanks, packed as the path says, whatever it was asked for."""
    bomb = gzip.compress(b" " * 200_000_000, 1)

    class Packing(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = gzip.compress(bomb) if "," in self.path else bomb
            self.send_response(200)
            self.send_header("Content-Encoding", self.path[1:])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(body)

        def log_message(self, *_arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Packing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_an_answer_that_unpacks_into_a_flood_takes_no_more_memory_than_another(settings, packing):
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    tracemalloc.start()
    try:
        assert outbound.request("GET", packing + "gzip").text == " " * outbound.LIMIT
        for packed in ("gzip,gzip", "br"):
            with pytest.raises(outbound.Unreachable):
                outbound.request("GET", packing + packed)
        with pytest.raises(outbound.Refused):
            outbound.download(packing + "gzip", io.BytesIO(), limit=1_000_000)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()
