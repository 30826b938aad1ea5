"""`bench delivery-size`: whether the worker stays as small for a million recipients as for ten thousand.

A small campaign first, then the large one, in the same server; meanwhile single messages are asked for.
"""

from __future__ import annotations

import itertools
import os
import threading
import time
from pathlib import Path
from typing import Any

from rapport.bench import rig as rigs
from rapport.bench.delivery import World, memory
from rapport.bench.rig import Rig, percentile
from rapport.bench.sinks import Sink

SMALL, LARGE = 10_000, 1_000_000
SINGLE_MESSAGES = 200


def measure(folder: Path, people: int) -> dict[str, Any]:
    """Megabytes by which worker and web grew at most, during each; `people` receive the large campaign."""
    sink = Sink()
    os.environ["RAPPORT_SMTP_URL"] = sink.url
    try:
        with rigs.running(folder) as server:
            os.environ["RAPPORT_DATA"] = str(server.data)
            import django

            django.setup()
            world = World(people or LARGE)
            figures = {"small": _campaign(server, sink, world, SMALL)}
            figures["large"] = _campaign(server, sink, world, len(world.people))
    finally:
        sink.stop()
    return {"figures": figures, "sizes": {"small": SMALL, "large": people or LARGE}}


def _campaign(server: Rig, sink: Sink, world: World, count: int) -> dict[str, Any]:
    from rapport.messaging.services import sends

    before = {name: memory(server, name) for name in ("worker", "web")}
    most, taken, singles = dict(before), [(time.monotonic(), 0)], Singles(world)
    send = world.order(people=world.people[:count])
    sink.counts()
    sends.release(actor=world.actor, send_id=send.pk)
    singles.start()
    while taken[-1][1] < count + singles.sent or singles.is_alive():
        time.sleep(1)
        taken.append((time.monotonic(), taken[-1][1] + sink.counts()["taken"]))
        most = {name: max(size, memory(server, name)) for name, size in most.items()}
        if taken[-1][0] - taken[0][0] > 4 * 3600:
            raise TimeoutError(f"{taken[-1][1]} of {count} messages were taken")
    return {
        "grew_mb": {name: round(most[name] - before[name], 1) for name in most},
        "mails_per_second_by_quarter": _quarters(taken),
        "single_message_p95_ms": singles.percentile(),
    }


def _quarters(taken: list[tuple[float, int]]) -> list[int]:
    """Mails a second in each quarter of the time."""
    marks = [taken[len(taken) * part // 4 - (part == 4)] for part in range(5)]
    return [
        round((late[1] - early[1]) / max(late[0] - early[0], 1e-9))
        for early, late in itertools.pairwise(marks)
    ]


class Singles(threading.Thread):
    """Asks for single messages while the campaign runs."""

    def __init__(self, world: World) -> None:
        super().__init__(daemon=True)
        self._world, self._ids, self.sent = world, list[Any](), 0

    def run(self) -> None:
        for person in self._world.people[:SINGLE_MESSAGES]:
            self._ids.append(self._world.order(people=[person], receipt=True).pk)
            self.sent += 1
            time.sleep(0.05)

    def percentile(self) -> float:
        """Milliseconds from asking to hand-over, 95th percentile."""
        from rapport.messaging.models import Delivery

        rows = Delivery.objects.filter(send__in=self._ids).values_list("queued_at", "handed_over_at")
        waits = [(handed - queued).total_seconds() * 1000 for queued, handed in rows if handed]
        return round(percentile(waits, 95), 1)
