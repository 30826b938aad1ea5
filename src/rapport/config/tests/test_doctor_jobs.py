"""What the doctor and /readyz say of background jobs."""

from __future__ import annotations

import datetime as dt

from rapport.config import doctor
from rapport.core.access import system
from rapport.core.clock import SYSTEM
from rapport.core.models import Job


def add(**fields):
    actor = system("test")
    return Job.objects.create(
        kind="test", actor_kind=actor.kind, actor_id=actor.id, actor_label=actor.label, **fields
    )


def test_the_doctor_names_failures_and_missing_workers(db):
    now = SYSTEM.now()
    add(state="failed", finished_at=now)
    add(next_attempt_at=now - dt.timedelta(hours=1))
    lines = doctor._jobs()
    assert lines[0] == (True, "background jobs: 0 run, 1 wait")
    assert [good for good, _ in lines[1:]] == [False, False]
    assert "start `rapport worker`" in lines[1][1]
    assert "1 failed" in lines[2][1]


def test_old_failures_and_work_in_hand_are_well(db):
    now = SYSTEM.now()
    add(state="failed", finished_at=now - dt.timedelta(days=2))
    add(
        state="running",
        next_attempt_at=now - dt.timedelta(hours=1),
        lease_until=now + dt.timedelta(minutes=1),
    )
    assert doctor._jobs() == [(True, "background jobs: 1 run, 0 wait")]


def test_monitoring_sees_failures_and_missing_workers(client, db, clickhouse):
    now = SYSTEM.now()
    add(state="failed", finished_at=now)
    add(next_attempt_at=now - dt.timedelta(hours=1))
    answer = client.get("/readyz").json()
    assert (answer["jobs_failed"], answer["jobs_overdue"]) == (1, 1)
