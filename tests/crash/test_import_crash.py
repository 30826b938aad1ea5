"""kill -9 at random moments of an import: every row comes in, and none twice."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time

import psycopg
import pytest

from rapport.bench.imports import write
from rapport.config.env import load_secrets
from rapport.core.engines.postgres import Postgres

pytestmark = pytest.mark.crash
KILLS = int(os.environ.get("RAPPORT_IMPORT_KILLS", "4"))
ROWS = 15_000


def command(folder, *arguments, **more):
    line = [sys.executable, "-m", "rapport.config.cli", *arguments, "--data", str(folder)]
    return subprocess.Popen(line, text=True, start_new_session=True, **more)


def ask(folder, statement):
    with psycopg.connect(Postgres(folder, load_secrets(folder)["postgres_password"]).dsn()) as link:
        cursor = link.execute(statement)
        return cursor.fetchall() if cursor.description else []


@contextlib.contextmanager
def engines(folder):
    running = command(folder, "engine", stdout=subprocess.PIPE)
    try:
        for line in running.stdout:
            if line.startswith("ready"):
                break
        assert command(folder, "migrate").wait(180) == 0
        yield
    finally:
        running.terminate()
        running.wait(60)


def interrupted(folder, importer, chance):
    """Kills the importer and what it started, some time after it has begun to write."""
    began = ask(folder, "SELECT coalesce(max(position), 0) FROM transfers_import")[0][0]
    deadline = time.monotonic() + 120
    while importer.poll() is None and time.monotonic() < deadline:
        if ask(folder, "SELECT coalesce(max(position), 0) FROM transfers_import")[0][0] > began:
            break
        time.sleep(0.02)
    time.sleep(chance.uniform(0, 0.6))
    with contextlib.suppress(ProcessLookupError):
        os.killpg(importer.pid, signal.SIGKILL)
    importer.wait(30)
    # The lease of a killed importer ends by itself after a minute; the test need not wait for it.
    ask(folder, "UPDATE core_job SET lease_until = NULL WHERE kind = 'transfers.import'")


def test_an_import_that_is_killed_again_and_again_brings_every_row_once(tmp_path):
    chance = random.Random(11)
    path = tmp_path / "people.csv"
    write(path, ROWS)
    with engines(tmp_path / "data") as _:
        data = tmp_path / "data"
        importer = command(data, "import", str(path))
        for _number in range(KILLS):
            interrupted(data, importer, chance)
            [(run, state)] = ask(data, "SELECT id, state FROM transfers_import")
            if state == "done":
                break
            importer = command(data, "import", "--resume", str(run))
        importer.wait(240)
        [(state, counts)] = ask(data, "SELECT state, counts FROM transfers_import")
        imported = ask(data, "SELECT count(*), count(DISTINCT traits->>'email') FROM people_person")[0]
        consents = ask(data, "SELECT count(*) FROM governance_consentrecord")[0][0]
    assert (state, counts["created"], counts["updated"]) == ("done", ROWS, 0)
    assert (imported, consents) == ((ROWS, ROWS), ROWS // 2)
