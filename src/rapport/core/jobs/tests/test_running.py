"""Jobs run once, one at a time, with progress, and on time."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import connection, transaction

from rapport.core import jobs
from rapport.core.jobs.registry import JOB_KINDS, JobKind, of_queue
from rapport.core.jobs.services import control, leases
from rapport.core.jobs.services.running import RunningJob, _claim, work
from rapport.core.jobs.tests.steps import DAY, MORNING, again, explode, run
from rapport.core.models import IdempotentRequest, Job

pytestmark = pytest.mark.postgres


def test_a_job_runs_once_and_keeps_its_result(kind, add, clock):
    kind(lambda job: {"double": job.payload["number"] * 2})
    job = add(payload={"number": 21})
    assert (run(clock), run(clock)) == (1, 0)
    again(job)
    assert (job.state, job.result, job.finished_at, job.lease_until) == (
        "done",
        {"double": 42},
        MORNING,
        None,
    )


def test_a_job_is_not_started_before_its_time(kind, add, clock):
    kind(lambda job: None)
    add(at=MORNING + DAY)
    assert run(clock) == 0
    clock.advance(DAY)
    assert run(clock) == 1


def test_progress_is_seen_while_it_runs(kind, add, clock):
    seen = []

    def count(job):
        for number in range(1, 4):
            job.step(done=number, total=3, stage="Counting")
            row = Job.objects.get(pk=job.row.pk)
            seen.append((row.state, row.done, row.total, row.stage))

    kind(count)
    add()
    run(clock)
    assert seen == [("running", number, 3, "Counting") for number in (1, 2, 3)]


def test_run_now_works_here_and_tells_the_progress(kind, add, clock):
    kind(lambda job: job.step(done=5, total=9))
    job, reports = add(), []
    assert jobs.run_now(job, clock, lambda row: reports.append((row.done, row.total)))
    assert (job.state, reports[-1]) == ("done", (5, 9))
    assert not jobs.run_now(job, clock)


def test_enqueueing_is_undone_with_the_transaction_it_belongs_to(kind, add, clock):
    kind(lambda job: None)
    with transaction.atomic():
        add()
        transaction.set_rollback(True)
    assert run(clock) == 0


def test_there_is_one_live_job_of_a_subject(kind, add, clock):
    kind(lambda job: None)
    add(unique_key="person:1")
    add(unique_key="person:2")
    with pytest.raises(jobs.AlreadyQueued):
        add(unique_key="person:1")
    while run(clock):
        pass
    assert add(unique_key="person:1").state == "waiting"


def test_jobs_without_a_key_may_be_many(kind, add):
    kind(lambda job: None)
    assert add().pk != add().pk


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_get_the_same_job(kind, add, clock):
    kind(lambda job: None)
    for _ in range(6):
        add()
    claimed, start = [], threading.Barrier(2)

    def worker():
        start.wait()
        while row := _claim(clock, of_queue("test")):
            claimed.append(row.pk)
        connection.close()

    threads = [threading.Thread(target=worker) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed)) == 6


@pytest.mark.django_db(transaction=True)
def test_rows_locked_elsewhere_are_passed_over(clock):
    IdempotentRequest.objects.bulk_create(
        IdempotentRequest(actor="a", key=str(number), fingerprint="") for number in range(4)
    )
    elsewhere, here = [], []

    def other():
        with transaction.atomic():
            elsewhere.extend(jobs.claim_rows(IdempotentRequest.objects.order_by("pk"), limit=3))
            with_them.set()
            done.wait(10)
        connection.close()

    with_them, done = threading.Event(), threading.Event()
    thread = threading.Thread(target=other)
    thread.start()
    assert with_them.wait(10)
    with transaction.atomic():
        here = jobs.claim_rows(IdempotentRequest.objects.order_by("pk"), limit=3)
    done.set()
    thread.join()
    assert [row.key for row in elsewhere] == ["0", "1", "2"]
    assert [row.key for row in here] == ["3"]


def test_a_recurring_job_is_enqueued_once_when_it_is_due(kind, clock, db):
    runs = []
    kind(lambda job: runs.append(job.clock.now()), schedule=jobs.every(hours=1))
    for _ in range(8):
        run(clock)
        run(clock)
        clock.advance(dt.timedelta(minutes=20))
    assert runs == [MORNING + dt.timedelta(hours=number) for number in range(3)]
    assert Job.objects.count() == 1  # successes of the past are not kept


def test_a_nightly_job_waits_for_the_night_unless_one_was_missed(db):
    due = jobs.nightly(hour=2)
    night = MORNING.replace(hour=3)
    assert due(None, MORNING)
    assert not due(night, night + dt.timedelta(hours=19))
    assert not due(night, night + dt.timedelta(hours=30))
    assert due(night, night + DAY)
    assert due(night, night + dt.timedelta(hours=41))


def test_ended_jobs_are_forgotten_after_a_month(kind, add, clock):
    kind(lambda job: None)
    add()
    run(clock)
    add()
    assert control.forget_old(MORNING + 31 * DAY) == 1
    assert Job.objects.get().state == "waiting"


def test_kinds_of_one_queue_take_turns_in_one_loop():
    kinds = [JobKind(name, "Test", lambda job: None, queue="both", part="stream") for name in ("one", "two")]
    with JOB_KINDS.temporarily(*kinds, alone=True):
        assert [(loop.name, loop.part) for loop in jobs.loops()] == [("jobs:both", "stream")]


def test_what_cannot_be_recorded_waits_for_the_end_of_the_lease(kind, add, clock, monkeypatch):
    from django.db import OperationalError

    def away(*_args, **_fields):
        raise OperationalError("the database went away")

    kind(explode)
    job = add()
    (row,) = [_claim(clock, of_queue("test"))]
    monkeypatch.setattr(leases, "release", away)
    work(RunningJob(row, clock))
    assert (again(job).state, job.attempts) == ("running", 1)


def test_a_job_of_a_kind_that_is_gone_is_left_alone(kind, add, clock):
    kind(lambda job: None)
    job = add()
    other = JobKind("other", "Test", lambda job: None, queue="test")
    with JOB_KINDS.temporarily(other, alone=True):
        assert (run(clock), again(job).state) == (0, "waiting")


def test_a_job_that_waits_for_something_is_put_off_without_counting_a_try(kind, add, clock):
    def wait(_job):
        raise jobs.Later(DAY)

    kind(wait, attempts=1)
    job = add(unique_key="k")
    for _ in range(3):
        run(clock)
        clock.advance(DAY)
    again(job)
    assert (job.state, job.attempts, job.last_error) == ("waiting", 0, "")
    assert run(clock) == 1


def test_a_waiting_job_can_be_hastened(kind, add, clock):
    kind(lambda job: None)
    job = add(unique_key="k", at=MORNING + DAY)
    assert jobs.hasten("k", clock=clock) == job
    assert run(clock) == 1
    assert jobs.hasten("k", clock=clock) is None


def test_of_a_kind_that_repeats_the_newest_success_of_each_key_is_kept(kind, add, clock):
    kind(lambda job: None, repeats=True)
    for key in ("a", "b", "a"):
        add(unique_key=key)
        run(clock)
        clock.advance(DAY)
    assert sorted(Job.objects.values_list("unique_key", flat=True)) == ["a", "b"]
