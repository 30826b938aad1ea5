"""`bench stream`: from accepted to visible in the profile, in ClickHouse and in live segments.

Events are sent flat out; the clock runs until nothing waits anywhere. Then as many are accepted while the workers stand
still, and worked off without the generator beside them, which gives the road's own rate and what each process spends on
an event. Then, at a steady lower rate, single events of marked persons are sent and looked for: the freshness.
"""

from __future__ import annotations

import base64
import json
import threading
import time
import urllib.request
import uuid
from typing import Any

from rapport.bench import processes
from rapport.bench.rig import Rig

SEGMENTS = 50
STEADY_RATE = 5_000
PROBES = 20
EVENTS = ("Page Viewed", "Product Viewed", "Product Added", "Order Completed")


def definitions() -> list[dict[str, Any]]:
    """Fifty segments of five kinds over all the events that are sent, with twelve different windows."""
    definitions_list = [_definition(number) for number in range(SEGMENTS - 1)]
    return [*definitions_list, {"did": "Freshness Probe", "at_least": 1}]


def _definition(number: int) -> dict[str, Any]:
    event, other = EVENTS[number % 4], EVENTS[(number + 1) % 4]
    window = f"{number % 12 * 7 + 7}d"
    kinds: list[dict[str, Any]] = [
        {"did": event, "at_least": 1 + number % 7, "within": window},
        {
            "all": [
                {"trait": "country", "is": "GB"},
                {"did": event, "at_least": 3 + number % 3, "within": window},
            ]
        },
        {"all": [{"did": event, "at_least": 1}, {"not": {"did": other, "at_least": 1 + number % 4}}]},
        {"all": [{"did": "Order Completed", "sum": "total", "gt": 50 * (number % 9), "within": window}]},
        {
            "did": "Product Viewed",
            "where": [{"property": "price", "gt": number / 10}],
            "at_least": 2,
            "within": window,
        },
    ]
    return kinds[number % 5]


def measure(rig: Rig, seconds: float) -> dict[str, Any]:
    """With the load generator on the same cores, then a backlog without it, then freshness."""
    api_key = rig.rapport("key", "create", "--kind", "api", "--name", "bench", "--role", "owner")
    segments = [_segment(rig, api_key, number, definition) for number, definition in enumerate(definitions())]
    rig.load(seconds=1)
    rig.drain()
    began = time.monotonic()
    sent = rig.load(seconds=seconds)
    backlog_after = rig.lag()
    rig.drain()
    took = time.monotonic() - began
    backlog = _backlog(rig, seconds)
    fresh = _freshness(rig, api_key, segments[-1])
    return {
        "figures": {
            "end_to_end_events_per_second": round(sent["events"] / took),
            **backlog,
            "accepted_events_per_second": sent["events_per_second"],
            "lag_seconds_when_sending_stopped": backlog_after,
            **fresh,
        },
        "sizes": {
            "events": sent["events"],
            "batch": 100,
            "live_segments": len(segments),
            "steady_rate": STEADY_RATE,
            "probes": PROBES,
        },
    }


def _backlog(rig: Rig, seconds: float) -> dict[str, Any]:
    """What a backlog is worked off at, from its first event to the last in profiles, ClickHouse and segments."""
    with processes.held(rig):
        sent = rig.load(seconds=seconds)
        before = processes.cpu(rig)
    took = rig.drain()
    spent = processes.per_event(before, processes.cpu(rig), sent["events"])
    return {
        "backlog_events": sent["events"],
        "backlog_worked_off_events_per_second": round(sent["events"] / took),
        "backlog_cpu_microseconds_per_event": spent,
    }


def _segment(rig: Rig, key: str, number: int, definition: dict[str, Any]) -> str:
    segment = _call(
        rig, key, "POST", "/api/v1/segments", {"name": f"Bench {number}", "definition": definition}
    )
    return str(segment["id"])


def _call(rig: Rig, key: str, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    request = urllib.request.Request(
        rig.url + path,
        method=method,
        data=json.dumps(body).encode() if body is not None else None,
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def _freshness(rig: Rig, key: str, segment: str) -> dict[str, float]:
    """Median and 95th percentile of the seconds until a marked event shows, under a steady load."""
    background = threading.Thread(
        target=rig.load, kwargs={"seconds": PROBES * 1.5 + 3, "rate": STEADY_RATE, "connections": 2}
    )
    background.start()
    profile, member = [], []
    for _ in range(PROBES):
        first_probe, second_probe = _probe(rig, key, segment)
        profile.append(first_probe)
        member.append(second_probe)
    background.join()
    return {
        f"freshness_{name}_p{share}_s": _percentile(values, share)
        for name, values in (("profile", profile), ("segment", member))
        for share in (50, 95)
    }


def _probe(rig: Rig, key: str, segment: str) -> tuple[float, float]:
    who = f"probe-{uuid.uuid4()}"
    body = {"type": "track", "event": "Freshness Probe", "userId": who, "messageId": who}
    request = urllib.request.Request(
        f"{rig.url}/v1/track",
        data=json.dumps(body).encode(),
        headers={"Authorization": "Basic " + base64.b64encode(f"{rig.write_key}:".encode()).decode()},
    )
    with urllib.request.urlopen(request, timeout=30):
        began = time.monotonic()
    profile = _until(
        lambda: bool(_call(rig, key, "GET", f"/api/v1/people?identifier=user_id:{who}")["data"]), began
    )
    person = _call(rig, key, "GET", f"/api/v1/people?identifier=user_id:{who}")["data"][0]["id"]
    joined = _until(
        lambda: segment in json.dumps(_call(rig, key, "GET", f"/api/v1/people/{person}")["segments"]), began
    )
    return profile, joined


def _until(seen: Any, began: float) -> float:
    while not seen():
        if time.monotonic() - began > 60:
            raise TimeoutError("a probe was not seen within 60 s")
        time.sleep(0.02)
    return time.monotonic() - began


def _percentile(values: list[float], share: int) -> float:
    return round(sorted(values)[max(0, -(-len(values) * share // 100) - 1)], 3)
