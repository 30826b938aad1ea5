"""What counts as a try of an import, and what only passes."""

from __future__ import annotations

import datetime as dt
import errno
import io

import pytest
from django.db import OperationalError

from rapport.core import access, jobs
from rapport.core.clock import SYSTEM, VirtualClock
from rapport.transfers.imports.api import ImportMappingIn
from rapport.transfers.imports.services import running, steps, uploads
from rapport.transfers.models import Import


@pytest.fixture
def begun(user):
    actor = access.for_user(user)
    [run] = uploads.upload(actor=actor, stream=io.BytesIO(b"email\np1@example.org\n"), name="people.csv")
    uploads.set_mapping(actor=actor, run=run, mapping=run.mapping)
    steps.take(actor=actor, run=run, step="start")
    return run


def fail_often(monkeypatch, error, clock, times):
    def away(*_):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(running, "_write", away)
        for _number in range(times):
            jobs.run_once(clock, "imports")
            clock.advance(dt.timedelta(hours=2))


@pytest.mark.parametrize(
    "error", [OperationalError("No space left on device"), OSError(errno.ENOSPC, "No space left on device")]
)
def test_an_import_goes_on_by_itself_after_a_long_trouble_of_the_engine(begun, monkeypatch, error):
    clock = VirtualClock(SYSTEM.now())
    fail_often(monkeypatch, error, clock, times=19)
    begun.refresh_from_db()
    assert (begun.state, "No space left" in begun.problem) == (Import.State.RUNNING, True)
    jobs.run_once(clock, "imports")
    begun.refresh_from_db()
    assert (begun.state, begun.problem, begun.counts["created"]) == (Import.State.DONE, "", 1)


def test_an_import_that_always_stumbles_over_its_rows_is_given_up(begun, monkeypatch):
    fail_often(monkeypatch, ValueError("a row no code can take"), VirtualClock(SYSTEM.now()), times=21)
    begun.refresh_from_db()
    assert begun.state == Import.State.FAILED
    assert "a row no code can take" in begun.problem


def test_what_failed_can_be_run_again_on_the_page_of_jobs(begun, monkeypatch, actor):
    clock = VirtualClock(SYSTEM.now())
    fail_often(monkeypatch, ValueError("a row no code can take"), clock, times=21)
    begun.refresh_from_db()
    jobs.retry(actor=actor, job=begun.job, clock=clock)
    jobs.run_once(clock, "imports")
    begun.refresh_from_db()
    assert (begun.state, begun.counts["created"]) == (Import.State.DONE, 1)


def test_an_import_is_paused_cancelled_and_resumed(begun, user, monkeypatch):
    actor, write = access.for_user(user), running._import

    def stopped(step):
        def paused_meanwhile(run, job, chunk, turn):
            steps.take(actor=actor, run=run, step=step)
            write(run, job, chunk, turn)

        monkeypatch.setattr(running, "_import", paused_meanwhile)
        jobs.run_once(SYSTEM, "imports")
        begun.refresh_from_db()
        return begun.state, begun.position

    assert stopped("pause") == ("paused", 0)
    steps.take(actor=actor, run=begun, step="resume")
    assert stopped("cancel") == ("cancelled", 0)
    steps.take(actor=actor, run=begun, step="resume")
    monkeypatch.setattr(running, "_import", write)
    jobs.run_once(SYSTEM, "imports")
    begun.refresh_from_db()
    assert (begun.state, begun.position) == ("done", 1)


def test_a_remembered_mapping_is_proposed_in_the_form_in_which_it_may_be_sent_back(begun, user):
    [again] = uploads.upload(
        actor=access.for_user(user), stream=io.BytesIO(b"email\np2@example.org\n"), name="more.csv"
    )
    assert again.mapping.keys() == begun.mapping.keys()
    assert ImportMappingIn(**again.mapping).columns == begun.mapping["columns"]
