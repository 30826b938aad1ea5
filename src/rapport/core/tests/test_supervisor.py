"""The supervisor starts again what falls over, whatever befalls it meanwhile."""

from __future__ import annotations

import os
import signal
import sys
import threading

import psycopg
import pytest

from rapport.core.engines import children, paths, supervisor

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def watched(tmp_path):
    running = supervisor.Supervisor(tmp_path, [])
    running.start_service(supervisor.Service("sleeper", SLEEPER))
    thread = threading.Thread(target=running.run)
    thread.start()
    yield running
    running.stop()
    thread.join()


def killed(running):
    """Kills the part and waits until another process has taken its place."""
    before, restart, replaced = running.pids()["sleeper"], running._restart, threading.Event()

    def noting(part):
        restart(part)
        if part.process.pid != before:
            replaced.set()

    running._restart = noting
    os.kill(before, signal.SIGKILL)
    assert replaced.wait(20)
    running._restart = restart


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
    monkeypatch.setattr(children, "STEADY_SECONDS", 0.0)
    over, answers = children.Pauses.over, []

    def noting(self, key):
        answers.append(over(self, key))
        return answers[-1]

    monkeypatch.setattr(children.Pauses, "over", noting)
    for _number in range(3):
        killed(watched)
    assert answers == [True] * 3


def test_a_file_that_cannot_be_written_keeps_what_it_held(tmp_path, monkeypatch):
    path = tmp_path / "run" / "address.json"
    paths.write_whole(path, "old")
    (tmp_path / "run" / "address.json.new").mkdir()
    with pytest.raises(IsADirectoryError):
        paths.write_whole(path, "new")
    assert path.read_text() == "old"


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(children.time, "monotonic", lambda: now[0])
    return now


def waits(pauses, clock, key="web"):
    """Seconds until what fell now may be started again."""
    began = clock[0]
    while not pauses.over(key):
        clock[0] += 0.1
    return round(clock[0] - began, 1)


def test_what_falls_again_and_again_waits_longer_each_time_up_to_a_limit(clock):
    pauses = children.Pauses()
    pauses_taken = [waits(pauses, clock) for _ in range(9)]
    assert pauses_taken[:4] == pytest.approx([0.0, 0.2, 0.4, 0.8], abs=0.11)
    assert pauses_taken[-1] == pytest.approx(children.PAUSE_LIMIT, abs=0.11)


def test_a_pause_is_forgotten_once_its_process_lived_for_a_while(clock):
    pauses = children.Pauses()
    for _ in range(5):
        waits(pauses, clock)
    clock[0] += children.STEADY_SECONDS + 1
    assert waits(pauses, clock) == 0.0
    assert waits(pauses, clock, "another") == 0.0
