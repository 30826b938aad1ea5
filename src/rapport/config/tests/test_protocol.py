"""Clients that send half of something, or without end, over real connections."""

from __future__ import annotations

import asyncio

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from rapport.config.protocol import BoundedProtocol

HOST = b"Host: x\r\n"
POST = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\n"
GET = b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"


class Impatient(BoundedProtocol):
    HEAD_SECONDS = BODY_SECONDS = 0.05


class Patient(BoundedProtocol):
    HEAD_SECONDS = BODY_SECONDS = 600.0


def talk(*pieces: bytes, protocol: type[BoundedProtocol] = Impatient) -> tuple[list[str], list[str]]:
    """The status lines a client reads until the connection is closed, and what the application heard."""
    heard: list[str] = []

    async def application(scope, receive, send):
        if scope["type"] == "lifespan":
            return
        while True:
            message = await receive()
            heard.append(f"{message['type']} {message.get('body', b'').decode()}".strip())
            if message["type"] == "http.disconnect":
                return
            if not message["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def run() -> bytes:
        config = Config(application, http=protocol, ws="none", timeout_keep_alive=1)
        config.load()
        state = ServerState()
        server = await asyncio.get_running_loop().create_server(
            lambda: protocol(config, state, {}), "127.0.0.1", 0
        )
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        try:
            text = await asyncio.wait_for(reader.read(), 20)
        finally:
            writer.close()
            await asyncio.gather(*state.tasks, return_exceptions=True)
            server.close()
        return text

    lines = asyncio.run(run()).decode().splitlines()
    return [line.split(" ")[1] for line in lines if line.startswith("HTTP/1.1")], heard


@pytest.mark.parametrize("head", [b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nA: b", b"\r\n\r\n", POST[:-2]])
def test_half_a_head_is_not_waited_for(head):
    assert talk(head) == (["408"], [])


def test_a_silent_connection_is_closed_without_a_word():
    assert talk() == ([], [])


@pytest.mark.parametrize("body", [b"", b"abc"])
def test_half_a_body_is_not_waited_for_and_the_application_hears_it(body):
    answered, heard = talk(POST + body)
    assert answered == ["408"]
    assert heard[-1] == "http.disconnect"


def test_half_a_chunk_is_not_waited_for():
    head = b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
    assert talk(head + b"ffff\r\nabc")[0] == ["408"]


def test_what_follows_an_answered_request_is_not_waited_for_either():
    assert talk(GET + b"GET / HT")[0] == ["200", "408"]


def test_whole_requests_one_after_another_are_answered():
    answered, heard = talk(GET, POST, b"ab", b"cde", GET + GET, protocol=Patient)
    assert answered == ["200"] * 4
    assert "".join(heard).replace("http.request", "").replace(" ", "") == "abcde"


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nA: " + b"x" * 70_000,
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 201 + b"\r\n",
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 201 + b"Content-Length: 5\r\n\r\nabcde" + GET,
        b"GET / HTTP/1.1\r\nCookie: " + b"x" * 66_000 + b"\r\n\r\n",
        b"GET /" + b"x" * 66_000 + b" HTTP/1.1\r\n\r\n",
        b"G" * 70_000,
    ],
)
def test_a_head_beyond_reason_is_refused(head):
    answered, heard = talk(head, protocol=Patient)
    assert answered in (["431"], ["400"])
    assert heard == []
