"""The bare limit of accepting: a server that does nothing but put each body into PostgreSQL and answer.

Run by `bare_rate` as `python -m rapport.bench.bare PORT`, with the same web server, database and load generator as what
is measured, in the same minute: what accepting costs beyond it is what Rapport does.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import psycopg
import uvicorn

from rapport.bench.rig import Rig
from rapport.core.engines.supervisor import free_port

CONNECTIONS = 8


def bare_rate(rig: Rig, seconds: float) -> float:
    """Events a second that the bare server accepts durably from the same generator."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "rapport.bench.bare", str(port)],
        env={**os.environ, "RAPPORT_DATA": str(rig.data)},
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url)
        return float(
            replace(rig, url=url).load(seconds=seconds, connections=CONNECTIONS)["events_per_second"]
        )
    finally:
        server.terminate()
        server.wait(30)


def _wait(url: str) -> None:
    for _ in range(200):
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise TimeoutError("the bare server did not start")


class Server:
    """Each body becomes a row, committed before the answer; requests that come meanwhile use another connection."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._idle: list[psycopg.AsyncConnection[Any]] = []

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if body:
            await self._insert(body)
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})

    async def _insert(self, body: bytes) -> None:
        connection = self._idle.pop() if self._idle else None
        if connection is None:
            connection = await psycopg.AsyncConnection.connect(self._dsn, autocommit=True)
        await connection.execute("INSERT INTO bench_bare (body) VALUES (%b)", [body])
        self._idle.append(connection)


def main() -> None:
    """Serves until it is told to end; its table goes with it."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rapport.config.settings")
    django.setup()
    from rapport.core import sql

    dsn = sql.dsn()
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS bench_bare")
        connection.execute("CREATE TABLE bench_bare (body bytea)")
        try:
            uvicorn.run(
                Server(dsn), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", lifespan="off"
            )
        finally:
            connection.execute("DROP TABLE bench_bare")


if __name__ == "__main__":
    main()
