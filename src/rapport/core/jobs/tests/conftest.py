"""A kind of job for one test, on a clock that stands still."""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack

import pytest

from rapport.core import access, jobs
from rapport.core.clock import VirtualClock
from rapport.core.jobs.registry import JOB_KINDS, JobKind

MORNING = dt.datetime(2030, 1, 1, 9, tzinfo=dt.UTC)


@pytest.fixture
def clock():
    return VirtualClock(MORNING)


@pytest.fixture
def kind():
    """`kind(handler, attempts=3)` registers a kind called "test" for one test."""
    with ExitStack() as stack:

        def make(run, name="test", **options):
            new = JobKind(name, "Test", run, **{"queue": "test", **options})
            stack.enter_context(JOB_KINDS.temporarily(new))
            return new

        yield make


@pytest.fixture
def add(actor, user, clock):
    """`add(payload)` enqueues a job of the kind "test" on behalf of the owner."""

    def enqueue(kind="test", asked_by=None, **options):
        return jobs.enqueue(actor=asked_by or access.for_user(user), kind=kind, clock=clock, **options)

    return enqueue
