"""Write keys as capture knows them: in memory, looked up again every few seconds."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

import psycopg

FRESH_SECONDS = 5.0
LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """A source, as far as capture is concerned."""

    id: int
    allowed_origins: frozenset[str]

    def allows(self, origin: str) -> bool:
        """Whether a browser page of this origin may send. No list means any origin."""
        return not self.allowed_origins or "*" in self.allowed_origins or origin in self.allowed_origins


class SourceCache:
    """Sources by write key. Unknown keys are remembered too, so that a flood of them stays cheap."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._entries: dict[str, tuple[float, SourceFacts | None]] = {}
        self._lock = asyncio.Lock()
        self._connection: psycopg.AsyncConnection | None = None

    async def get(self, key: str) -> SourceFacts | None:
        """The enabled source of this key, or None. Raises psycopg.Error when it cannot be known."""
        entry = self._entries.get(key)
        if entry and entry[0] > time.monotonic():
            return entry[1]
        async with self._lock:
            entry = self._entries.get(key)
            if entry and entry[0] > time.monotonic():
                return entry[1]
            try:
                looked_up = await self._look_up(key)
            except (psycopg.Error, OSError):
                # A key that was good a moment ago stays good while the database restarts; the write decides.
                if entry and entry[1]:
                    return entry[1]
                raise
            if len(self._entries) >= LIMIT:
                self._entries.clear()
            self._entries[key] = (time.monotonic() + FRESH_SECONDS, looked_up)
            return looked_up

    async def _look_up(self, key: str) -> SourceFacts | None:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                self._dsn, autocommit=True, connect_timeout=5
            )
        try:
            cursor = await self._connection.execute(
                "SELECT id, allowed_origins FROM events_source WHERE write_key = %s AND disabled_at IS NULL",
                [key],
            )
            row = await cursor.fetchone()
        except psycopg.Error:
            await self._connection.close()
            raise
        return SourceFacts(row[0], frozenset(row[1])) if row else None

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
