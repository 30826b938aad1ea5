"""`bench capture`: how many events a second are durably accepted, and how long an answer takes.

The worker process runs beside it as it always does, and works off what is accepted.
"""

from __future__ import annotations

from typing import Any

from rapport.bench.rig import Rig


def measure(rig: Rig, seconds: float) -> dict[str, Any]:
    """Flat out, then at half of what was reached; batches of 100, 8 connections."""
    rig.load(seconds=1)
    full = rig.load(seconds=seconds)
    rig.drain()
    half = rig.load(seconds=seconds, rate=max(100, int(full["events_per_second"] / 2)))
    return {
        "figures": {
            "accepted_events_per_second": full["events_per_second"],
            "full_load_p50_ms": full["p50_ms"],
            "full_load_p99_ms": full["p99_ms"],
            "half_load_events_per_second": half["events_per_second"],
            "half_load_p50_ms": half["p50_ms"],
            "half_load_p99_ms": half["p99_ms"],
        },
        "sizes": {
            "batch": 100,
            "connections": 8,
            "seconds": seconds,
            "events": full["events"] + half["events"],
        },
    }
