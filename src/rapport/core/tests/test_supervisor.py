"""The supervisor starts again what falls over, whatever befalls it meanwhile."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

import psycopg
import pytest

from rapport.core.engines import paths, supervisor

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def watched(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere")
    monkeypatch.setenv("CLICKHOUSE_URL", "http://elsewhere")
    running = supervisor.Supervisor(tmp_path, {})
    running.start_service(supervisor.Service("sleeper", SLEEPER))
    thread = threading.Thread(target=running.run)
    thread.start()
    yield running
    running.stop()
    thread.join()


def killed(running):
    before = running.pids()["sleeper"]
    os.kill(before, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while running.pids().get("sleeper", before) == before:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_part_is_started_again_when_a_database_error_broke_its_first_start(watched, monkeypatch):
    start, errors = supervisor.Service.start, [psycopg.OperationalError("no room"), OSError("no room")]

    def stumbling(self, data):
        if errors:
            raise errors.pop()
        start(self, data)

    monkeypatch.setattr(supervisor.Service, "start", stumbling)
    killed(watched)
    assert errors == []


def test_a_part_is_started_again_when_the_processes_cannot_be_noted(watched, monkeypatch):
    def full(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(paths, "write_whole", full)
    killed(watched)
    killed(watched)


def test_a_part_that_ran_well_is_not_kept_waiting(watched, monkeypatch):
    monkeypatch.setattr(supervisor, "STEADY_SECONDS", 0.0)
    began = time.monotonic()
    for _number in range(6):
        killed(watched)
    assert time.monotonic() - began < 6


def test_a_file_that_cannot_be_written_keeps_what_it_held(tmp_path, monkeypatch):
    path = tmp_path / "run" / "address.json"
    paths.write_whole(path, "old")
    (tmp_path / "run" / "address.json.new").mkdir()
    with pytest.raises(IsADirectoryError):
        paths.write_whole(path, "new")
    assert path.read_text() == "old"
