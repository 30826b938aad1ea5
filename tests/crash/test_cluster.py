"""A three-node JetStream cluster, two web and two worker processes; a node and a worker die in the middle of it."""

import subprocess
import sys
import time

import psycopg
import pytest

from rapport.bench import rig
from rapport.bench.jetstream import Servers
from rapport.config.env import load_secrets
from rapport.core.engines.postgres import Postgres
from rapport.core.engines.supervisor import free_port, wait_for_http
from tests.crash import findings
from tests.crash.faults import kill_part
from tests.crash.journal import Journal
from tests.crash.test_crash import _until

pytestmark = pytest.mark.crash
PARTITIONS = 4
SECONDS = 3.0


class Extra:
    """A further process of the same installation, as on another machine."""

    def __init__(self, folder, name, *arguments):
        self.log = (folder / f"{name}.log").open("wb")
        command = [sys.executable, "-m", "rapport.config.cli", *arguments, "--data", str(folder)]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        self.log.close()


@pytest.fixture(scope="module", params=["postgres", "nats"])
def aftermath(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(f"cluster-{request.param}")
    patch = pytest.MonkeyPatch()
    patch.setenv("RAPPORT_EVENT_PARTITIONS", str(PARTITIONS))
    patch.setenv("RAPPORT_DATA", str(folder))
    patch.delenv("NATS_URL", raising=False)
    try:
        if request.param == "nats":
            with Servers(folder / "cluster", 3) as nats:
                patch.setenv("NATS_URL", nats.url)
                patch.setenv("NATS_MAX_BYTES", str(256 * 1024 * 1024))
                yield _ordeal(folder, nats)
        else:
            yield _ordeal(folder, None)
    finally:
        patch.undo()


def _ordeal(folder, nats):
    with rig.running(folder) as server:
        port = free_port()
        # A second worker with all its parts, and a third reader of the stream, which will be killed.
        extras = [
            Extra(folder, "web-2", "web", "--port", str(port)),
            Extra(folder, "stream-3", "worker", "--part", "stream"),
            Extra(folder, "worker-2", "worker"),
        ]
        try:
            wait_for_http(f"http://127.0.0.1:{port}/readyz", extras[0].process)
            with (
                Journal(server.url, server.write_key, folder / "journal-1", clients=2) as first,
                Journal(
                    f"http://127.0.0.1:{port}", server.write_key, folder / "journal-2", clients=2
                ) as second,
            ):
                share = _kill(folder, nats, extras)
            _until(lambda: server.lag() == 0, "an empty stream", patience=60)
        finally:
            for extra in extras:
                extra.stop()
        return {
            "acknowledged": [set(first.acknowledged), set(second.acknowledged)],
            "stored": findings.stored(folder),
            "locks": share,
            "replicas": _replicas(nats),
        }


def _kill(folder, nats, extras):
    """A worker, then the leader of a partition's stream, which comes back; load all the while."""
    time.sleep(SECONDS)
    extras[1].kill()
    free_after = _seconds_until_partitions_are_free(folder)
    time.sleep(SECONDS)
    if nats:
        leader = nats.leader_of("rapport_events_0")
        leader.kill()
        kill_part(folder, "stream")
        time.sleep(SECONDS)
        leader.start()
    time.sleep(SECONDS)
    return free_after


def _seconds_until_partitions_are_free(folder):
    """Locks of the dead worker's sessions must go by themselves, or its partitions would stand still."""
    began = time.monotonic()
    with psycopg.connect(Postgres(folder, load_secrets(folder)["postgres_password"]).dsn()) as link:
        before = time.monotonic()
        while time.monotonic() - before < 20:
            old = link.execute(
                "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory'"
                " AND a.xact_start < clock_timestamp() - interval '3 seconds'"
            ).fetchone()[0]
            if not old:
                break
            time.sleep(0.2)
    return time.monotonic() - began


def _replicas(nats):
    if nats is None:
        return []
    replicas = []
    for server in nats.all:
        for account in server.state().get("account_details", []):
            replicas += [
                len(s["cluster"].get("replicas") or []) + 1 for s in account.get("stream_detail", [])
            ]
    return replicas


def test_every_acknowledged_event_is_stored(aftermath):
    for web in aftermath["acknowledged"]:
        assert len(web) > 100
        assert web <= aftermath["stored"].keys()


def test_no_event_is_stored_twice(aftermath):
    assert [i for i, count in aftermath["stored"].items() if count > 1] == []


def test_a_dead_workers_partitions_are_free_within_seconds(aftermath):
    assert aftermath["locks"] < 10


def test_every_partition_lies_on_three_nodes(aftermath):
    assert set(aftermath["replicas"]) <= {3}
