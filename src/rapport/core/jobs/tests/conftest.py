"""A kind of job for one test, on a clock that stands still."""

from __future__ import annotations

import datetime as dt

import pytest

from rapport.core import access, jobs
from rapport.core.clock import VirtualClock
from rapport.core.jobs import registry

MORNING = dt.datetime(2030, 1, 1, 9, tzinfo=dt.UTC)


@pytest.fixture
def clock():
    return VirtualClock(MORNING)


@pytest.fixture
def kind(monkeypatch):
    """`kind(handler, attempts=3)` registers a kind called "test" for one test."""
    known = dict(registry._kinds)
    monkeypatch.setattr(registry, "_kinds", known)

    def make(run, name="test", **options):
        new = registry.JobKind(name, "Test", run, **{"queue": "test", **options})
        known[name] = new
        return new

    return make


@pytest.fixture
def add(actor, user, clock):
    """`add(payload)` enqueues a job of the kind "test" on behalf of the owner."""

    def enqueue(kind="test", asked_by=None, **options):
        return jobs.enqueue(actor=asked_by or access.for_user(user), kind=kind, clock=clock, **options)

    return enqueue
