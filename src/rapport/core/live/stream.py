"""One open page that is told what happens: its topics, and what it has still to be sent."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field
from typing import Any

Message = tuple[str, dict[str, Any]]
MOST_WAITING = 50


@dataclass(eq=False)
class Stream:
    """One open page: which topics it listens to, at which of them others see it, and what it has still to be sent."""

    user: int
    topics: dict[str, bool]
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    waiting: asyncio.Queue[Message | None] = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))

    is_greeted: bool = False
    is_ended: bool = False

    @property
    def shown_at(self) -> list[str]:
        return [topic for topic, is_present in self.topics.items() if is_present]

    def put(self, name: str, **data: Any) -> None:
        """A reader who is too slow for everything asks for everything again."""
        if self.is_ended:
            return
        if self.waiting.full():
            while not self.waiting.empty():
                self.waiting.get_nowait()
            name, data = "resync", {}
        self.waiting.put_nowait((name, data))

    def greet(self) -> None:
        """Nothing is missed from now on."""
        if self.is_greeted:
            self.put("resync")
        else:
            self.is_greeted = True
            self.put("ready", stream=str(self.id))

    def end(self) -> None:
        self.is_ended = True
        while self.waiting.full():
            self.waiting.get_nowait()
        self.waiting.put_nowait(None)
