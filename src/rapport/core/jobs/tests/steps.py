"""What tests of jobs do over and over."""

from __future__ import annotations

import datetime as dt

from rapport.core import jobs

MORNING = dt.datetime(2030, 1, 1, 9, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def run(clock):
    return jobs.run_once(clock, "test")


def again(job):
    job.refresh_from_db()
    return job


def explode(_job):
    raise RuntimeError("the engine is away")
