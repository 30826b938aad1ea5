"""Some of the people in a replay, the same ones whenever it is replayed, so that numbers become somebody."""

from __future__ import annotations

import heapq
import uuid
from dataclasses import dataclass, field
from typing import Any

from rapport.experiments.services import drawing
from rapport.journeys.models import Replay, ReplaySample
from rapport.journeys.services.replaying.rehearsing import Rehearsed, shown

MOST = 15  # of each kind
Why = ReplaySample.Why
_Entry = tuple[int, str, dict[str, Any]]


@dataclass(slots=True)
class Samples:
    """Keeps those whom a hash puts first, of each kind."""

    kept: dict[str, list[_Entry]] = field(default_factory=dict)

    def add(self, here: Rehearsed, there: Rehearsed | None, is_other: bool) -> None:
        person = here.walk.person_id
        if here.walk.runs:
            self._keep(Why.ENTERED, person, here, there)
        elif here.walk.refusals:
            self._keep(Why.REFUSED, person, here, there)
        if is_other:
            self._keep(Why.DIFFERS, person, here, there)

    def _keep(self, why: str, person: uuid.UUID, here: Rehearsed, there: Rehearsed | None) -> None:
        place, heap = -drawing.place(why, person), self.kept.setdefault(why, [])
        if len(heap) == MOST and place <= heap[0][0]:
            return
        data = {**shown(here), **({"there": shown(there)} if there else {})}
        entry = (place, str(person), data)
        if len(heap) < MOST:
            heapq.heappush(heap, entry)
        elif entry[:2] > heap[0][:2]:
            heapq.heapreplace(heap, entry)

    def write(self, replay: Replay) -> None:
        """In the caller's transaction."""
        ReplaySample.objects.bulk_create(
            [
                ReplaySample(replay=replay, person_id=uuid.UUID(person), why=why, data=data)
                for why, heap in self.kept.items()
                for _place, person, data in sorted(heap, key=lambda entry: entry[:2], reverse=True)
            ]
        )
