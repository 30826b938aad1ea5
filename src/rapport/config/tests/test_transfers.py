"""`rapport import` and `rapport export` wait for the end of their jobs, whoever works on them, and say how it ended."""

import datetime as dt
import errno
import json

import click
import pytest

from rapport.config import transfers
from rapport.core import jobs
from rapport.core.clock import VirtualClock
from rapport.transfers.imports.services import running
from rapport.transfers.models import Export

START = dt.datetime(2099, 5, 1, 9, tzinfo=dt.UTC)


@pytest.fixture
def people(tmp_path):
    file = tmp_path / "in.csv"
    file.write_text("email,city\nada@example.org,York\nbob@example.org,Leeds\n")
    return file


def bring(file, *, check=False, errors=None, waiting=transfers.WAITING):
    lines = []
    transfers.bring_or_resume(
        file, "", errors=errors, mapping=None, rules={}, check=check, waiting=waiting, say=lines.append
    )
    return json.loads(lines[0])


def test_a_file_is_imported_and_exported_here(db, people, tmp_path):
    taken = tmp_path / "out.csv"
    answer = bring(people)
    assert (answer["state"], answer["counts"]["created"]) == ("done", 2)
    assert transfers.take(taken, format="csv", segment="", query="", columns="email,trait.city") == 2
    assert "ada@example.org,York" in taken.read_text("utf-8-sig")
    assert Export.objects.get().state == "expired"


def test_a_check_says_what_would_happen(db, people):
    answer = bring(people, check=True)
    assert (answer["state"], answer["rows"], answer["would"]["created"]) == ("checked", 2, 2)
    assert answer["samples"]["created"][0]["changes"]


def test_a_try_that_failed_is_followed_by_others(db, people, monkeypatch):
    clock, tries = VirtualClock(START), []
    real = running._import_all

    def full(*given):
        tries.append(1)
        if len(tries) < 3:
            raise OSError(errno.ENOSPC, "full")
        return real(*given)

    monkeypatch.setattr(running, "_import_all", full)
    waiting = transfers.Waiting(clock, lambda seconds: clock.advance(dt.timedelta(seconds=seconds)))
    assert bring(people, waiting=waiting)["state"] == "done"
    assert len(tries) == 3


def test_a_worker_that_has_the_job_is_waited_for(db, people, monkeypatch):
    """Beside a server the worker takes it up first."""
    clock, real, looks = VirtualClock(START), jobs.run_now, []

    def taken(job, at, progress=None):
        looks.append(job.state)
        if len(looks) < 4:
            job.refresh_from_db()
            return False
        return real(job, at, progress)

    monkeypatch.setattr(jobs, "run_now", taken)
    assert bring(people, waiting=transfers.Waiting(clock, lambda _seconds: None))["counts"]["created"] == 2
    assert len(looks) == 4


def test_a_failure_ends_with_its_reason(db, people, monkeypatch):
    def broken(*_given):
        raise jobs.JobFailed("The file has gone.")

    monkeypatch.setattr(running, "_import_all", broken)
    with pytest.raises(click.ClickException, match=r"has gone.*--resume"):
        bring(people)


def test_rows_left_out_can_be_written_to_a_file(db, tmp_path):
    file, errors = tmp_path / "in.csv", tmp_path / "errors.csv"
    file.write_text("email,city\nada@example.org,York\n,Leeds\n")
    answer = bring(file, errors=errors)
    assert answer["counts"]["rejected"] == 1
    assert "Leeds" in errors.read_text("utf-8-sig")
