"""`GET /live/stream`: server-sent events (WHATWG HTML §9.2) of one page, apart from Django, whose every open answer
would hold a thread.

Each web process listens to PostgreSQL once, however many pages are open. Whoever missed something, because the
database or the reader was away, hears `resync` and asks for everything again.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import threading
import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import parse_qs

import psycopg
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.core import signing
from django.db import Error, connections
from django.http import HttpRequest, parse_cookie

from rapport.core.clock import SYSTEM, Clock
from rapport.core.live import topics
from rapport.core.live.stream import Stream
from rapport.core.sql import dsn
from rapport.core.ui import formats

log = logging.getLogger("rapport.live")
T = TypeVar("T")

MOST_TOPICS, MOST_OF_A_USER = 20, 30
# The browser asks again by itself, and is then looked at anew: whoever was signed out hears nothing from there on.
LONGEST_SECONDS, AGAIN_MS, TOGETHER_SECONDS = 900, 2000, 0.1
READ_SECONDS = 30  # who takes longer to read one message is gone
KEEPALIVE: dict[str, Any] = {
    "keepalives_idle": 20,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


class Streams:
    """All streams of one web process."""

    def __init__(self, clock: Clock = SYSTEM) -> None:
        self._clock = clock
        self._open: dict[uuid.UUID, Stream] = {}
        self._by_topic: defaultdict[str, set[Stream]] = defaultdict(set)
        self._changed_presence: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._threads = ThreadPoolExecutor(2, "live")
        self._is_begun = self._is_listening = self._is_stopping = False

    async def answer(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """The ASGI application of `/live/stream?t=TOKEN&t=…`. 401: not signed in; 204: no token holds any more."""
        stream = await self._opened(scope)
        if self._is_stopping:
            stream = 503
        if isinstance(stream, int):
            await send({"type": "http.response.start", "status": stream, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        headers = [
            (b"content-type", b"text/event-stream"),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        gone = asyncio.create_task(_disconnected(receive, stream))
        try:
            self._keep(stream)
            await self._run(topics.arrive, stream.id, stream.user, stream.shown_at)
            async with asyncio.timeout(LONGEST_SECONDS):
                await _send_all(stream, send)
        except (TimeoutError, Error):
            with suppress(TimeoutError):  # whoever does not read is cut off
                async with asyncio.timeout(5):
                    await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            self._drop(stream)
            if stream.shown_at:
                with suppress(Error, OSError):  # else they are missed a minute later
                    await self._run(topics.leave, stream.id)

    async def _opened(self, scope: dict[str, Any]) -> Stream | int:
        if self._is_stopping:
            return 503
        headers = dict(scope["headers"])
        cookies = parse_cookie(headers.get(b"cookie", b"").decode("latin-1"))
        user = await self._run(_signed_in, cookies.get(settings.SESSION_COOKIE_NAME, ""))
        if user is None:
            return 401
        wanted: dict[str, bool] = {}
        for text in parse_qs(scope["query_string"].decode("latin-1")).get("t", [])[:MOST_TOPICS]:
            try:
                token = topics.Token.read(text)
            except (signing.BadSignature, TypeError, ValueError):
                continue
            if token.user == user:
                wanted[token.topic] = wanted.get(token.topic, False) or token.is_present
        return Stream(user, wanted) if wanted else 204

    def _keep(self, stream: Stream) -> None:
        if not self._is_begun:
            self._is_begun = True
            self._beside(self._listen())
        others = [other for other in self._open.values() if other.user == stream.user]
        if len(others) >= MOST_OF_A_USER:
            self._drop(others[0])
            others[0].end()
        self._open[stream.id] = stream
        for topic in stream.topics:
            self._by_topic[topic].add(stream)
        if self._is_listening:
            stream.greet()

    def _drop(self, stream: Stream) -> None:
        self._open.pop(stream.id, None)
        for topic in stream.topics:
            self._by_topic[topic].discard(stream)
            if not self._by_topic[topic]:
                del self._by_topic[topic]

    async def _listen(self) -> None:
        """From the first stream on."""
        while not self._is_stopping:
            try:
                async with await psycopg.AsyncConnection.connect(
                    dsn(), autocommit=True, connect_timeout=5, **KEEPALIVE
                ) as link:
                    await link.execute(f"LISTEN {topics.CHANNEL}")
                    self._is_listening = True
                    for stream in self._open.values():
                        stream.greet()
                    while not self._is_stopping:
                        async for notice in link.notifies(timeout=topics.RENEWED.total_seconds()):
                            self._pass_on(*json.loads(notice.payload))
                        await self._renew()
                        await link.execute("SELECT 1")  # a connection that hangs is noticed
            except Exception as error:
                self._is_listening = False
                log.warning("live pages hear nothing for a moment: %s", error)
                await asyncio.sleep(1)

    def _pass_on(self, topic: str, change: str, by: int | None) -> None:
        if change != "present":
            for stream in self._by_topic.get(topic, ()):
                stream.put("change", topic=topic, change=change, own=by == stream.user)
        elif topic in self._by_topic:
            if not self._changed_presence:
                self._beside(self._tell_presence())
            self._changed_presence.add(topic)

    async def _tell_presence(self) -> None:
        """Who is there, to all who are; once for what changes within a tenth of a second."""
        await asyncio.sleep(TOGETHER_SECONDS)
        changed, self._changed_presence = self._changed_presence, set()
        for topic in changed:
            try:
                there = await self._run(topics.present, topic, self._clock.now())
            except Error as error:
                log.warning("who is at %s is not up to date: %s", topic, error)
                continue
            for stream in self._by_topic.get(topic, ()):
                if topic in stream.shown_at:
                    others = [_shown(who) for who in there if who.user != stream.user]
                    stream.put("present", topic=topic, people=others)

    async def _renew(self) -> None:
        if self._open:
            await self._run(topics.renew, list(self._open), self._clock.now())
        for stream in self._open.values():
            stream.put("ping")

    async def _run(self, function: Callable[..., T], *arguments: Any) -> T:
        def work() -> T:
            try:
                return function(*arguments)
            finally:
                connections.close_all()

        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _beside(self, work: Awaitable[None]) -> None:
        async def guarded() -> None:
            try:
                await work
            except (Error, OSError) as error:
                log.warning("who is where is not up to date: %s", error)

        task = asyncio.create_task(guarded())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop_on_signals(self) -> None:
        """Ends all streams as soon as the process is to end: the server would wait for them first."""
        if threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            earlier = signal.getsignal(number)

            def handle(signum: int, frame: Any, earlier: Any = earlier) -> None:
                loop.call_soon_threadsafe(self.stop)
                if callable(earlier):
                    earlier(signum, frame)
                elif earlier is signal.SIG_DFL:
                    signal.signal(signum, earlier)
                    signal.raise_signal(signum)

            signal.signal(number, handle)

    def stop(self) -> None:
        self._is_stopping = True
        for stream in self._open.values():
            stream.end()
        for task in self._tasks:
            task.cancel()


def _shown(who: topics.Present) -> dict[str, Any]:
    return {
        "name": who.name,
        "initials": formats.initials(who.name),
        "tint": formats.tint(who.name),
        "editing": who.is_editing,
    }


async def _disconnected(receive: Any, stream: Stream) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end()


async def _send_all(stream: Stream, send: Any) -> None:
    await send({"type": "http.response.body", "body": f"retry: {AGAIN_MS}\n\n".encode(), "more_body": True})
    while (message := await stream.waiting.get()) is not None:
        name, data = message
        body = b":\n\n" if name == "ping" else f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
        async with asyncio.timeout(READ_SECONDS):
            await send({"type": "http.response.body", "body": body, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _signed_in(session_key: str) -> int | None:
    """The active user of a session. `get_user` compares the session with the password it was made with."""
    if not session_key:
        return None
    request = HttpRequest()
    request.session = SessionStore(session_key)
    user = get_user(request)
    return user.pk if user.is_authenticated and user.is_active else None
