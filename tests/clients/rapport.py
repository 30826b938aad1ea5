"""A running Rapport, and what can be read in it of what the clients sent."""

from __future__ import annotations

import json
import os
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from rapport.bench import rig
from rapport.config import databases, env


@dataclass(slots=True)
class Rapport:
    """A server at `url`, taking events for `write_key`."""

    url: str
    write_key: str
    api_key: str
    data: Path

    def get(self, path: str, **query: str) -> Any:
        """The answer of a REST route."""
        address = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        request = urllib.request.Request(address, headers={"Authorization": f"Bearer {self.api_key}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def person(self, identifier: str) -> dict[str, Any] | None:
        """The person of `user_id:…` or another identifier, or None."""
        people = self.get("people", identifier=identifier)["data"]
        return self.get(f"people/{people[0]['id']}") if people else None

    def events(self, identifier: str) -> list[dict[str, Any]]:
        """A person's events, oldest first."""
        person = self.person(identifier)
        if person is None:
            return []
        rows, cursor = [], ""
        while True:
            page = self.get(
                f"people/{person['id']}/events", limit="200", **({"cursor": cursor} if cursor else {})
            )
            rows += page["data"]
            if not (cursor := page["next_cursor"]):
                return rows[::-1]

    def wait(self, identifier: str, count: int, seconds: float = 40) -> list[dict[str, Any]]:
        """A person's events once there are so many; fails with what there is when they do not come.

        They are read only when the stream stands still: a thousand of them are six requests.
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self._is_still() and len(entries := self.events(identifier)) >= count:
                return entries
            time.sleep(0.1)
        entries = self.events(identifier)
        raise AssertionError(
            f"{identifier}: {len(entries)} of {count}: {[event['event'] for event in entries]}"
        )

    def _is_still(self) -> bool:
        """Whether no event waits to be stored."""
        with urllib.request.urlopen(f"{self.url}/readyz", timeout=30) as answer:
            return bool(json.load(answer)["stream_lag_seconds"] == 0)

    def company_of(self, person_id: str) -> tuple[str, str, dict[str, Any]] | None:
        """(group id, name, traits) of the person's company."""
        companies = self._postgres(
            "SELECT c.group_id, c.name, c.traits FROM people_company c"
            " JOIN people_companymember m ON m.company_id = c.id WHERE m.person_id = %s",
            person_id,
        )
        return companies[0] if companies else None

    def quarantined(self, part_of_payload: str) -> list[str]:
        """The reasons why events with this in them were set aside."""
        entries = self._postgres(
            "SELECT reason FROM events_quarantinedevent WHERE position(%s IN payload) > 0",
            part_of_payload.encode(),
        )
        return [reason for (reason,) in entries]

    def _postgres(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        at = databases.postgres(self.data, env.load_secrets(self.data))["default"]
        with psycopg.connect(
            dbname=at["NAME"], user=at["USER"], password=at["PASSWORD"], host=at["HOST"], port=at["PORT"]
        ) as connection:
            return connection.execute(sql, values).fetchall()


@contextmanager
def running(data: Path) -> Iterator[Rapport]:
    """`rapport serve` in this folder. RAPPORT_TEST_SERVER=url|folder names one that runs already."""
    if given := os.environ.get("RAPPORT_TEST_SERVER"):
        url, folder = given.split("|")
        yield _with_key(rig.Rig(Path(folder), url, None))  # type: ignore[arg-type]
        return
    with rig.running(data) as server:
        yield _with_key(server)


def _with_key(server: rig.Rig) -> Rapport:
    key = server.rapport(
        "key", "create", "--kind", "api", "--role", "owner", "--name", f"tests {time.time_ns()}"
    )
    return Rapport(server.url, server.write_key, key, server.data)


def until(condition: Callable[[], Any], seconds: float = 30) -> Any:
    """The condition's value as soon as it is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s")
