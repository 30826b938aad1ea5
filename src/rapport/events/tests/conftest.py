"""Posting to the capture application as a client does, and looking into the log."""

import asyncio
import base64
import json

import pytest

from rapport.events.models import LogBatch, Source
from rapport.events.services import log
from rapport.events.services.capture import Capture

EVENT = {"type": "track", "event": "Ping", "userId": "u1", "messageId": "m1"}


@pytest.fixture
def source():
    return Source.objects.create(name="site", write_key="wk_site", allowed_origins=["https://shop.example"])


@pytest.fixture
def post(source):
    """post(path, body, **headers) → (status, JSON answer, headers). `counted`: after a look at what waits."""

    def send(path, body, method="POST", key="wk_site", query=b"", counted=False, **headers):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        if key:
            headers.setdefault("authorization", "Basic " + base64.b64encode(f"{key}:".encode()).decode())
        return asyncio.run(_exchange(path, raw, method, headers, query, counted))

    return send


async def _exchange(path, raw, method, headers, query=b"", counted=False):
    sent = []
    capture = Capture()

    async def receive():
        return {"type": "http.request", "body": raw, "more_body": False}

    async def collect(message):
        sent.append(message)

    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "headers": pairs}
    scope |= {"client": ("203.0.113.7", 5), "query_string": query}
    if counted:
        backlog = capture._opened()[2]
        backlog.full()
        if backlog._task:
            await backlog._task
    await capture(scope, receive, collect)
    await capture.close()
    answer = json.loads(sent[1]["body"]) if sent[1]["body"] else None
    return sent[0]["status"], answer, {k.decode(): v.decode() for k, v in sent[0]["headers"]}


def logged():
    return [event for batch in LogBatch.objects.order_by("pk") for event in log.unpack(bytes(batch.payload))]
