"""Leases and fences; failures back off and end in words."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction

from rapport.core import jobs
from rapport.core.jobs.registry import of_queue
from rapport.core.jobs.services import leases
from rapport.core.jobs.services.running import _claim
from rapport.core.jobs.tests.steps import DAY, MORNING, again, explode, run
from rapport.core.models import ApiKey, Job

pytestmark = pytest.mark.postgres


def test_a_killed_worker_is_followed_by_another_that_goes_on(kind, add, clock):
    """The first takes two chunks and is killed; the second starts at the third."""
    started_at = []

    def chunks(job):
        started_at.append(job.row.done)
        for number in range(job.row.done + 1, 5):
            job.step(done=number, total=4)
            if len(started_at) == 1 and number == 2:
                raise SystemExit  # as a kill: nothing is recorded

    kind(chunks)
    job = add()
    with pytest.raises(SystemExit):
        run(clock)
    assert run(clock) == 0  # the lease is not over
    clock.advance(leases.LEASE)
    assert run(clock) == 1
    assert (started_at, again(job).state, job.done) == ([0, 2], "done", 4)


def test_a_worker_that_lost_its_lease_commits_nothing(kind, add, clock):
    def slow(job):
        clock.advance(2 * leases.LEASE)
        _claim(clock, of_queue("test"))
        with transaction.atomic():
            ApiKey.objects.create(name="made by the loser", digest="x")
            job.step(done=1)

    kind(slow)
    job = add()
    run(clock)
    assert not ApiKey.objects.exists()
    assert (again(job).state, job.done, job.fence) == ("running", 0, 2)


def test_a_worker_that_is_stopped_hands_its_jobs_back_at_once(kind, add, clock):
    def interrupted(job):
        job.step(done=job.row.done + 1)
        if job.row.done == 1:
            jobs.hand_back(clock)
            job.step(done=2)

    kind(interrupted)
    job = add()
    run(clock)
    assert (again(job).state, job.done, job.attempts, job.lease_until) == ("waiting", 1, 0, None)
    assert (run(clock), again(job).state, job.done) == (1, "done", 2)


def test_a_step_prolongs_the_lease_by_what_the_kind_needs(kind, add, clock):
    seen = []

    def long(job):
        clock.advance(dt.timedelta(minutes=4))
        job.step()
        seen.append(Job.objects.get().lease_until - clock.now())

    kind(long, lease=dt.timedelta(minutes=5))
    add()
    run(clock)
    assert seen == [dt.timedelta(minutes=5)]


def test_a_leased_row_is_put_off_and_given_up(add, kind, clock):
    """The primitives under jobs, as other tables use them."""
    kind(lambda job: None)
    rows = Job.objects.filter(pk=add().pk)
    (row,) = jobs.claim(rows, now=MORNING)
    assert jobs.claim(rows, now=MORNING) == []
    wait = dt.timedelta(minutes=3)
    assert not jobs.fail(row, "busy", now=MORNING, attempts=2, wait=wait)
    assert jobs.claim(rows, now=MORNING) == []
    (row,) = jobs.claim(rows, now=MORNING + wait)
    assert jobs.fail(row, "busy", now=MORNING, attempts=2, state="failed")
    assert (rows.get().state, rows.get().last_error, rows.get().attempts) == ("failed", "busy", 2)


def test_a_released_row_counts_its_tries_anew(add, kind, clock):
    kind(lambda job: None)
    rows = Job.objects.filter(pk=add().pk)
    (row,) = jobs.claim(rows, now=MORNING)
    jobs.renew(row, now=MORNING, done=3)
    jobs.release(row)
    assert (rows.get().done, rows.get().attempts, rows.get().lease_until) == (3, 0, None)
    row.fence -= 1
    with pytest.raises(jobs.Lost):
        jobs.renew(row, now=MORNING, done=4)


def test_pauses_double_and_have_a_limit():
    lengths = [jobs.delay(tries).total_seconds() for tries in range(1, 12)]
    expected = [min(10 * 2**tries, 3600) for tries in range(11)]
    assert all(0.75 * want <= got <= 1.25 * want for want, got in zip(expected, lengths, strict=True))
    assert len({jobs.delay(1) for _ in range(5)}) > 1


def test_a_failing_job_backs_off_and_ends_with_its_reason(kind, add, clock):
    """It is not tried every two minutes for ever."""
    kind(explode, attempts=3)
    job, tries = add(), 0
    for _ in range(1000):
        tries += run(clock)
        clock.advance(dt.timedelta(minutes=2))
    again(job)
    assert (tries, job.attempts, job.state) == (3, 3, "failed")
    assert job.last_error == "RuntimeError: the engine is away"


def test_what_no_further_try_will_mend_fails_at_once(kind, add, clock):
    def refuse(_job):
        raise jobs.JobFailed("The file has no columns.")

    kind(refuse)
    job = add()
    run(clock)
    assert (again(job).state, job.last_error) == ("failed", "The file has no columns.")


def test_tries_that_got_further_do_not_count(kind, add, clock):
    def one_chunk_each(job):
        job.step(done=job.row.done + 1)
        if job.row.done < 6:
            raise RuntimeError("a hiccup")

    kind(one_chunk_each, attempts=2)
    job = add()
    for _ in range(6):
        run(clock)
        clock.advance(DAY)
    assert (again(job).state, job.done, job.last_error) == ("done", 6, "")


def test_a_chunk_that_is_rolled_back_is_no_progress(kind, add, clock):
    def poisoned(job):
        with transaction.atomic():
            job.step(done=1)
            raise RuntimeError("at the commit")

    kind(poisoned, attempts=2)
    job = add()
    for _ in range(3):
        run(clock)
        clock.advance(DAY)
    assert (again(job).state, job.done, job.attempts) == ("failed", 0, 2)


def test_a_job_whose_worker_always_dies_is_given_up(kind, add, clock):
    def die(_job):
        raise SystemExit

    kind(die, attempts=2)
    job = add()
    for _ in range(2):
        with pytest.raises(SystemExit):
            run(clock)
        clock.advance(2 * leases.LEASE)
    run(clock)
    assert (again(job).state, job.finished_at) == ("failed", clock.now())
    assert "worker was stopped" in job.last_error


def test_a_poisoned_job_does_not_hold_up_the_others(kind, add, clock):
    done = []

    def maybe(job):
        if job.payload.get("poison"):
            raise RuntimeError("poison")
        done.append(job.row.pk)

    kind(maybe)
    add(payload={"poison": True})
    others = {add().pk, add().pk}
    while run(clock):
        pass
    assert set(done) == others
