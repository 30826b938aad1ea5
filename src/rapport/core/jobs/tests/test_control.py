"""Whose rights count, cancelling, and running again."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from rapport.core import access, jobs
from rapport.core.jobs.tests.steps import DAY, MORNING, again, explode, run
from rapport.core.models import ApiKey, AuditEntry, Role, User
from rapport.core.permissions import EVERYTHING, Reach

pytestmark = pytest.mark.postgres


def test_rights_are_asked_again_when_it_runs(kind, add, clock, user):
    kind(lambda job: None, permission="people.export")
    job = add()
    user.roles.set(["viewer"])
    run(clock)
    assert (again(job).state, run(clock)) == ("failed", 0)
    assert "people.export" in job.last_error


def test_a_deactivated_user_gets_nothing_any_more(kind, add, clock, user):
    kind(lambda job: None)
    job = add()
    User.objects.filter(pk=user.pk).update(is_active=False)
    run(clock)
    assert (again(job).state, job.attempts) == ("failed", 1)
    assert "ada@example.org" in job.last_error
    assert "no longer sign in" in job.last_error


def test_a_revoked_key_gets_nothing_any_more(kind, add, clock):
    key = ApiKey.objects.create(name="Script", digest="x", grants=dict(EVERYTHING), revoked_at=None)
    kind(lambda job: None)
    job = add(asked_by=access.for_key(key))
    ApiKey.objects.update(revoked_at=MORNING)
    run(clock)
    assert (again(job).state, job.last_error) == (
        "failed",
        "API key Script, which asked for it, was revoked.",
    )


def test_the_handler_gets_the_requester_as_they_are_now(kind, add, clock, user):
    seen = []
    kind(lambda job: seen.append(job.actor))
    add()
    add(asked_by=access.system("a rule"))
    while run(clock):
        pass
    assert sorted(seen, key=lambda requester: requester.kind) == [
        access.system("a rule"),
        access.for_user(user),
    ]


def test_a_waiting_job_is_cancelled_at_once(kind, add, clock, actor):
    ended = []
    kind(explode, ended=lambda job: ended.append(job.state))
    job = jobs.cancel(actor=actor, job=add(), clock=clock)
    assert (job.state, run(clock), ended) == ("cancelled", 0, ["cancelled"])
    assert AuditEntry.objects.get().action == "job.cancelled"


def test_a_running_job_stops_at_its_next_step_and_rolls_that_chunk_back(kind, add, clock, actor):
    def chunks(job):
        job.step(done=1, total=3)
        jobs.cancel(actor=actor, job=job.row, clock=clock)
        with transaction.atomic():
            ApiKey.objects.create(name="too late", digest="x")
            job.step(done=2)

    kind(chunks)
    job = add()
    run(clock)
    assert (again(job).state, job.done, ApiKey.objects.count()) == ("cancelled", 1, 0)


def test_what_cannot_be_cancelled_says_so(kind, add, clock, actor):
    kind(lambda job: None, cancellable=False)
    job = add()
    with pytest.raises(ValidationError):
        jobs.cancel(actor=actor, job=job, clock=clock)
    run(clock)
    assert not jobs.stop(job, clock=clock)


def test_ones_own_job_may_be_cancelled_and_others_only_with_the_permission(kind, add, clock, actor_in_role):
    kind(lambda job: None)
    viewer = actor_in_role("viewer")
    jobs.cancel(actor=viewer, job=add(asked_by=viewer), clock=clock)
    with pytest.raises(PermissionDenied):
        jobs.cancel(actor=viewer, job=add(), clock=clock)


def test_a_failed_job_can_be_run_again(kind, add, clock, actor):
    faults = [jobs.JobFailed("no")]

    def once(_job):
        if faults:
            raise faults.pop()

    kind(once)
    job = add()
    run(clock)
    jobs.retry(actor=actor, job=job, clock=clock)
    assert (job.state, run(clock), again(job).state) == ("waiting", 1, "done")
    with pytest.raises(ValidationError):
        jobs.retry(actor=actor, job=job, clock=clock)


def test_nobody_runs_again_what_they_may_not_have_done_themselves(kind, add, clock, actor):
    kind(lambda job: None, permission="people.edit", reach=Reach.ALL)
    job = jobs.cancel(actor=actor, job=add(), clock=clock)
    keeper = access.Actor("user", "0", "keeper", {"jobs.edit": Reach.ALL, "people.edit": Reach.OWN})
    with pytest.raises(PermissionDenied):
        jobs.retry(actor=keeper, job=job, clock=clock)


def test_a_narrower_reach_ends_work_for_everybody(kind, add, clock, user):
    kind(lambda job: None, permission="people.edit", reach=Reach.ALL)
    job = add()
    Role.objects.create(key="own", name="Own", grants={"people.edit": "own"})
    user.roles.set(["own"])
    run(clock)
    assert again(job).state == "failed"


def test_running_again_does_not_make_two_of_one_subject(kind, add, clock, actor):
    kind(lambda job: None)
    first = jobs.cancel(actor=actor, job=add(unique_key="one"), clock=clock)
    add(unique_key="one")
    with pytest.raises(ValidationError):
        jobs.retry(actor=actor, job=first, clock=clock)


def test_the_end_is_told_in_the_transaction_that_makes_it(kind, add, clock):
    def fail_at_the_end(job):
        if job.state == "done":
            raise RuntimeError("the row could not be written")

    kind(lambda job: None, ended=fail_at_the_end, attempts=2)
    job = add()
    run(clock)
    assert again(job).state == "waiting"
    clock.advance(DAY)
    run(clock)
    assert again(job).state == "failed"
