"""The stream of open pages, on the real database: what one transaction tells, every page of the topic hears."""

import asyncio
import json
import uuid

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connections, transaction

from rapport.core.clock import SYSTEM
from rapport.core.live import topics
from rapport.core.live.streams import Streams
from rapport.core.models import Presence, User

pytestmark = pytest.mark.django_db(transaction=True)
TOPIC = "template:7"
PATIENCE = 10


def session_of(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


class Page:
    """A browser's page with one stream."""

    def __init__(self, streams: Streams, session: str, token: topics.Token) -> None:
        self.sent: asyncio.Queue = asyncio.Queue()
        self.closing = asyncio.Event()
        query = f"t={token.sign()}".encode()
        cookie = f"rapport_session={session}".encode()
        scope = {"query_string": query, "headers": [(b"cookie", cookie)]}
        self.task = asyncio.create_task(streams.answer(scope, self._receive, self.sent.put))

    async def _receive(self) -> dict:
        await self.closing.wait()
        return {"type": "http.disconnect"}

    async def status(self) -> int:
        return (await asyncio.wait_for(self.sent.get(), PATIENCE))["status"]

    async def hears(self, name: str) -> dict:
        """The next event of that name."""
        async with asyncio.timeout(PATIENCE):
            while True:
                body = (await self.sent.get()).get("body", b"").decode()
                if body.startswith(f"event: {name}\n"):
                    return json.loads(body.split("data: ", 1)[1])

    async def close(self) -> None:
        self.closing.set()
        await asyncio.wait_for(self.task, PATIENCE)


@pytest.fixture
def two():
    users = [
        User.objects.create_user(f"{name}@example.org", name=name, roles=["marketer"])
        for name in ("Ada", "Max")
    ]
    return [(user, session_of(user)) for user in users]


def told(work):
    """Runs a writing function in a thread of its own, committed."""

    def run():
        try:
            with transaction.atomic():
                work()
        finally:
            connections.close_all()

    return asyncio.to_thread(run)


def test_pages_hear_of_changes_and_of_each_other(two):
    async def scenario():
        streams = Streams()
        pages = [Page(streams, session, topics.Token(user.pk, TOPIC, True)) for user, session in two]
        ids = [(await page.status(), (await page.hears("ready"))["stream"]) for page in pages]
        assert [status for status, _id in ids] == [200, 200]
        while (there := (await pages[0].hears("present"))["people"]) == []:
            pass
        assert [(who["name"], who["editing"]) for who in there] == [("Max", False)]
        max_id = uuid.UUID(ids[1][1])
        await told(lambda: topics.edit(max_id, two[1][0].pk, TOPIC, is_editing=True))
        assert (await pages[0].hears("present"))["people"][0]["editing"]
        await told(lambda: topics.tell(TOPIC))
        assert [(await page.hears("change"))["change"] for page in pages] == ["changed", "changed"]
        await pages[1].close()
        assert (await pages[0].hears("present"))["people"] == []
        streams.stop()
        await pages[0].close()

    asyncio.run(scenario())
    assert not Presence.objects.exists()


def test_nobody_hears_who_is_signed_out_or_has_the_token_of_somebody_else(two):
    (ada, session), (other, _session) = two

    async def statuses():
        streams = Streams()
        tries = [
            Page(streams, "nonsense", topics.Token(ada.pk, TOPIC, False)),
            Page(streams, session, topics.Token(other.pk, TOPIC, False)),
        ]
        return [await page.status() for page in tries]

    assert asyncio.run(statuses()) == [401, 204]


def test_who_died_is_missed_and_everybody_hears_of_it(two):
    (ada, session), (other, _session) = two

    async def scenario():
        streams = Streams()
        page = Page(streams, session, topics.Token(ada.pk, TOPIC, True))
        assert await page.status() == 200
        await page.hears("ready")
        dead = uuid.uuid4()
        await told(lambda: topics.arrive(dead, other.pk, [TOPIC]))
        while not (await page.hears("present"))["people"]:
            pass
        await told(lambda: topics.renew([], SYSTEM.now() + topics.GONE * 2))
        assert (await page.hears("present"))["people"] == []
        streams.stop()
        await page.close()

    asyncio.run(scenario())


def test_a_page_too_slow_to_read_everything_is_asked_to_start_anew():
    async def names():
        from rapport.core.live import stream as streams

        stream = streams.Stream(1, {})
        for _change in range(streams.MOST_WAITING + 1):
            stream.put("change", topic=TOPIC)
        return [stream.waiting.get_nowait()[0] for _ in range(stream.waiting.qsize())]

    assert asyncio.run(names()) == ["resync"]


def test_an_end_is_not_lost_by_whoever_does_not_read():
    async def last():
        from rapport.core.live import stream as streams

        stream = streams.Stream(1, {})
        stream.end()
        for _change in range(streams.MOST_WAITING + 1):
            stream.put("change", topic=TOPIC)
        return [stream.waiting.get_nowait() for _ in range(stream.waiting.qsize())]

    assert asyncio.run(last()) == [None]
