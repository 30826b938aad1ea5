"""The load generator: a process of its own that posts batches and times the answers.

Usage: python -m rapport.bench.load URL KEY SECONDS RATE CONNECTIONS BATCH
"""

from __future__ import annotations

import asyncio
import base64
import json
import random
import sys
import time
import uuid
from urllib.parse import urlsplit

from rapport.bench.rig import percentile

PEOPLE = 20_000
# What a shop's website sends: mostly pages, some products, few orders and sign-ups.
MIX = [("page", 70), ("Product Viewed", 18), ("Product Added", 8), ("Order Completed", 3), ("identify", 1)]
CONTEXT = {
    "library": {"name": "bench", "version": "1"},
    "page": {"path": "/candles/", "url": "https://shop.example/candles/", "title": "Candles"},
    "locale": "en-GB",
    "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36",
}


def shapes() -> list[bytes]:
    """Events as JSON, but for what differs each time: %(id)s and %(n)s."""
    sample_events = []
    for name, weight in MIX:
        event: dict[str, object] = {"messageId": "%(id)s", "anonymousId": "anon-%(n)s", "context": CONTEXT}
        if name == "identify":
            traits = {"email": "p%(n)s@example.org", "name": "Person %(n)s", "country": "GB"}
            event |= {"type": "identify", "userId": "user-%(n)s", "traits": traits}
        elif name == "page":
            event |= {
                "type": "page",
                "name": "Candles",
                "properties": {"path": "/candles/", "section": "home"},
            }
        else:
            properties = {
                "sku": "85123A",
                "name": "White hanging heart",
                "price": 2.55,
                "total": 42.5,
                "currency": "GBP",
            }
            event |= {"type": "track", "event": name, "properties": properties}
        sample_events += [json.dumps(event).encode()] * weight
    return sample_events


PREFIX = b"p" * 32  # a fresh one in each body makes its message ids new


def bodies(batch: int, count: int = 64) -> list[bytes]:
    """Bodies made beforehand, so that making them takes nothing from the program under measurement."""
    forms = shapes()
    batches = []
    for _ in range(count):
        events = [
            random.choice(forms) % {b"id": b"%s-%d" % (PREFIX, i), b"n": b"%d" % random.randrange(PEOPLE)}
            for i in range(batch)
        ]
        batches.append(b'{"batch":[' + b",".join(events) + b"]}")
    return batches


async def client(
    url: str,
    key: str,
    until: float,
    batches: list[bytes],
    batch: int,
    pause: float,
    first: float,
    times: list[float],
) -> int:
    """One connection that sends a batch every `pause` seconds, from `first` on; returns the events accepted.

    With a pause, an answer's time counts from when its batch was due, also when the one before it was late.
    """
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    credentials = base64.b64encode(f"{key}:".encode()).decode()
    head = f"POST /v1/batch HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Basic {credentials}\r\n"
    accepted = 0
    due = time.perf_counter() + first - pause
    while time.perf_counter() < until:
        content = random.choice(batches).replace(PREFIX, uuid.uuid4().hex.encode())
        if pause:
            due += pause
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
        began = due if pause else time.perf_counter()
        writer.write(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
        status = await _answer(reader)
        times.append(time.perf_counter() - began)
        if status == 200:
            accepted += batch
        elif status == 429:
            await asyncio.sleep(1)
        else:
            raise RuntimeError(f"the server answered {status}")
    writer.close()
    return accepted


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])


async def run(
    url: str, key: str, seconds: float, rate: int, connections: int, batch: int
) -> dict[str, float]:
    times: list[float] = []
    pause = connections * batch / rate if rate else 0.0
    batches = bodies(batch)
    began = time.perf_counter()
    counts = await asyncio.gather(
        *(
            # Independent senders do not all send at the same moment.
            client(url, key, began + seconds, batches, batch, pause, pause * connection / connections, times)
            for connection in range(connections)
        )
    )
    took = time.perf_counter() - began
    return {
        "events": sum(counts),
        "seconds": round(took, 3),
        "events_per_second": round(sum(counts) / took),
        "p50_ms": round(percentile(times, 50) * 1000, 2),
        "p99_ms": round(percentile(times, 99) * 1000, 2),
    }


if __name__ == "__main__":
    url, key, seconds, rate, connections, batch = sys.argv[1:]
    print(json.dumps(asyncio.run(run(url, key, float(seconds), int(rate), int(connections), int(batch)))))  # noqa: T201
