"""Every client behind one call: `tell(host, key, calls)` makes the calls and returns when they are sent.

A call is (type, fields in the form of Segment's Node client). Nothing of the clients themselves is replaced.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from typing import Any

from segment.analytics.client import Client

from tests.clients.in_browser import (
    FAULTS,
    HERE,
    NODE,
    AnalyticsSegment,
    Call,
    CustomerIo,
    Given,
    InBrowser,
    Jitsu,
    RudderBeacon,
    RudderBrowser,
    SegmentBrowser,
    Snippet,
)


class SegmentPython:
    name = "segment-python"
    calls = ("identify", "track", "page", "screen", "group", "alias")
    retries, is_dated = FAULTS, True

    def tell(self, host: str, key: str, calls: list[Call], _given: Given, **options: Any) -> set[str]:
        client = Client(key, host=host, upload_interval=0.1, **options)
        for kind, fields in calls:
            given = {_snake(name): value for name, value in fields.items()}
            if "timestamp" in given:
                given["timestamp"] = dt.datetime.fromisoformat(given["timestamp"])
            getattr(client, kind)(**given)
        client.flush()
        client.shutdown()
        return set()


class Node:
    """A client for Node, in a process of its own."""

    calls = ("identify", "track", "page", "screen", "group", "alias")
    retries, is_dated = FAULTS, True

    def __init__(self, name: str) -> None:
        self.name = name

    def tell(
        self, host: str, key: str, calls: list[Call], given: Given, clock: int = 0, **options: Any
    ) -> set[str]:
        request = {"host": host, "writeKey": key, "calls": calls, "clock": clock, "options": options}
        done = subprocess.run(
            [NODE, HERE / "js" / f"{self.name}.mjs"],
            input=json.dumps(request), text=True, capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return set()


def _snake(name: str) -> str:
    return "".join(f"_{character.lower()}" if character.isupper() else character for character in name)


CLIENTS: dict[str, SegmentPython | Node | InBrowser] = {
    client.name: client
    for client in (
        SegmentPython(),
        Node("segment-node"),
        Node("rudder-node"),
        SegmentBrowser(),
        Snippet("segment-snippet-5", "@segment/snippet"),
        Snippet("segment-snippet-4", "snippet-4"),
        AnalyticsSegment(),
        CustomerIo(),
        RudderBrowser(),
        RudderBeacon(),
        Jitsu(),
    )
}


def having(call: str) -> list[str]:
    """The clients that have this call."""
    return [name for name, client in CLIENTS.items() if call in client.calls]
