"""`bench stream`: from accepted to visible in the profile, in ClickHouse and in live segments.

Events are sent flat out; the clock runs until nothing waits anywhere. Then as many are accepted while the workers stand
still, and worked off without the generator beside them, which gives its own rate and what each process spends on
an event. Then, at 5,000 events a second and at 60 % of what was reached end to end, single events of marked persons
are sent at fixed times and looked for: the freshness. Beside it stands what a bare server takes of the same load.
"""

from __future__ import annotations

import base64
import json
import threading
import time
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from rapport.bench import processes
from rapport.bench.bare import bare_rate
from rapport.bench.rig import Rig, percentile

SEGMENTS = 50
STEADY_RATE, STEADY_SHARE = 5_000, 0.6
# A marked event is sent every so many seconds, however long the one before takes to be seen.
PROBES, PROBE_SECONDS = 40, 0.5
LOOK_SECONDS = 0.05
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
    bare = bare_rate(rig, seconds)
    began = time.monotonic()
    sent = rig.load(seconds=seconds)
    backlog_after = rig.lag()
    rig.drain()
    reached = sent["events"] / (time.monotonic() - began)
    backlog = _backlog(rig, seconds)
    fresh = {"freshness_at_5000": _freshness(rig, api_key, segments[-1], STEADY_RATE)}
    rig.drain()
    fresh["freshness_at_60_percent"] = _freshness(rig, api_key, segments[-1], int(reached * STEADY_SHARE))
    return {
        "figures": {
            "end_to_end_events_per_second": round(reached),
            **backlog,
            "accepted_events_per_second": sent["events_per_second"],
            "bare_accepted_events_per_second": round(bare),
            "accepted_share_of_bare": round(sent["events_per_second"] / bare, 3),
            "lag_seconds_when_sending_stopped": backlog_after,
            **fresh,
        },
        "sizes": {"events": sent["events"], "batch": 100, "live_segments": len(segments), "probes": PROBES},
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


def _freshness(rig: Rig, key: str, segment: str, rate: int) -> dict[str, Any]:
    """Median and 95th percentile of the seconds until a marked event shows, under a steady load of `rate` a second."""
    load = threading.Thread(
        target=rig.load, kwargs={"seconds": PROBES * PROBE_SECONDS + 3, "rate": rate, "connections": 2}
    )
    load.start()
    time.sleep(1)
    began, before = time.monotonic(), processes.cpu(rig)
    with _Members(rig, key, segment) as members, ThreadPoolExecutor(PROBES) as pool:
        probes = []
        for _ in range(PROBES):
            probes.append(pool.submit(_probe, rig, key, members))
            time.sleep(PROBE_SECONDS)
        seen = [probe.result() for probe in probes]
    busy = processes.cores(before, processes.cpu(rig), time.monotonic() - began)
    load.join()
    shown = {"profile": [profile for profile, _ in seen], "segment": [member for _, member in seen]}
    figures = {
        f"{name}_p{share}_s": round(percentile(shown[name], share), 3) for name in shown for share in (50, 95)
    }
    return {"events_per_second": rate, **figures, "cores_busy": busy}


class _Members:
    """Looks again and again at who came into a segment last, for all probes at once.

    Were every probe to look by itself, late ones would make up most of the load, and so come later still.
    """

    def __init__(self, rig: Rig, key: str, segment: str) -> None:
        self._rig, self._key, self._segment = rig, key, segment
        self.since: dict[str, float] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> _Members:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        address = f"/api/v1/segments/{self._segment}/members?limit=100"
        while not self._stopping.wait(LOOK_SECONDS):
            for member in _call(self._rig, self._key, "GET", address)["data"]:
                self.since.setdefault(member["person_id"], time.monotonic())


def _probe(rig: Rig, key: str, members: _Members) -> tuple[float, float]:
    who = f"probe-{uuid.uuid4()}"
    body = {"type": "track", "event": "Freshness Probe", "userId": who, "messageId": who}
    request = urllib.request.Request(
        f"{rig.url}/v1/track",
        data=json.dumps(body).encode(),
        headers={"Authorization": "Basic " + base64.b64encode(f"{rig.write_key}:".encode()).decode()},
    )
    began = time.monotonic()
    with urllib.request.urlopen(request, timeout=30):
        pass
    people: list[Any] = []

    def appeared() -> bool:
        people[:] = _call(rig, key, "GET", f"/api/v1/people?identifier=user_id:{who}")["data"]
        return bool(people)

    profile = _until(appeared, began)
    _until(lambda: people[0]["id"] in members.since, began)
    return profile, members.since[people[0]["id"]] - began


def _until(seen: Any, began: float) -> float:
    while not seen():
        if time.monotonic() - began > 60:
            raise TimeoutError("a probe was not seen within 60 s")
        time.sleep(LOOK_SECONDS)
    return time.monotonic() - began
