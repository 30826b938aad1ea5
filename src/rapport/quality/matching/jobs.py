"""The search for duplicates as a background job; the heavy part runs in a child process."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from rapport.core import jobs
from rapport.core.jobs import JobFailed, JobKind, RunningJob
from rapport.core.models import Job
from rapport.core.permissions import Reach
from rapport.quality.matching.engine import process
from rapport.quality.matching.services import applying, policy, records
from rapport.quality.models import MatchKind, MatchRun

# Pairs less likely than this are not kept: nobody could want to see them.
FLOOR = 0.2
MEMORY_GB = 3.0


def search(job: RunningJob) -> dict[str, int]:
    """Carries out a search. Tried again from the start when its worker dies; what it merged stays."""
    run = policy.started_run(job)
    with tempfile.TemporaryDirectory(prefix="rapport-matching-") as name:
        folder = Path(name)
        _prepare(run, folder)
        try:
            process.search(folder, lambda share, step: _report(job, share * 0.8, step))
        except subprocess.CalledProcessError as error:
            raise JobFailed(str(error)) from error
        result = json.loads((folder / "result.json").read_text())
        applying.apply(
            run,
            folder / "pairs.parquet",
            result,
            lambda share: _report(job, 0.8 + 0.2 * share, "apply"),
            job.clock,
        )
    return {"proposed": run.proposed, "merged": run.merged}


def _report(job: RunningJob, share: float, step: str) -> None:
    """Raises Cancelled, Lost."""
    job.step(done=round(share * 100), total=100, stage=step)


def _prepare(run: MatchRun, folder: Path) -> None:
    records.write_records(run.kind, folder / "records.csv", run.since)
    records.write_apart(run.kind, folder / "apart.csv")
    settings = {
        "kind": run.kind,
        "auto": run.auto_at,
        "review": run.review_at,
        "floor": min(FLOOR, run.review_at),
        "memory_gb": MEMORY_GB,
        "threads": os.cpu_count() or 1,
        "parameters": policy.policy_of(run.kind).parameters if run.since else None,
    }
    (folder / "job.json").write_text(json.dumps(settings))


def _ended(job: Job) -> None:
    MatchRun.objects.filter(job=job).update(
        outcome=job.state, finished_at=job.finished_at, error=job.last_error[:500]
    )


def _nightly(kind: str) -> Callable[[dt.datetime | None, dt.datetime], bool]:
    def due(last: dt.datetime | None, now: dt.datetime) -> bool:
        """At the hour of the policy. A workspace that never searched waits for that hour, too."""
        settings = policy.policy_of(kind)
        before = last or now - dt.timedelta(hours=20)
        return settings.nightly and jobs.nightly(settings.nightly_hour)(before, now)

    return due


JOB_KINDS = [
    JobKind(
        policy.JOB.format(kind=kind),
        format_lazy(_("Searching for duplicates: {kind}"), kind=kind.label),
        run=search,
        permission="people.edit",
        reach=Reach.ALL,
        attempts=3,
        first_delay=dt.timedelta(seconds=30),
        lease=dt.timedelta(minutes=5),
        ended=_ended,
        schedule=_nightly(kind),
        queue="quality.matching",
        idle_seconds=30,
    )
    for kind in MatchKind
]
