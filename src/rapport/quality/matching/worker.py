"""Carrying out searches: one run at a time per worker, the heavy part in a child process."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from django.db import transaction

from rapport.core.clock import SYSTEM, Clock
from rapport.quality.matching import applying, records
from rapport.quality.matching.engine import process
from rapport.quality.matching.policy import policy_of, request_nightly
from rapport.quality.models import MatchRun

log = logging.getLogger("rapport.matching")
LEASE = dt.timedelta(minutes=5)
ATTEMPTS = 3
# Pairs less likely than this are not kept: nobody could want to see them.
FLOOR = 0.2
MEMORY_GB = 3.0


class Cancelled(Exception):
    """Somebody cancelled the run, or another worker took it over."""


def run_once(clock: Clock = SYSTEM) -> int:
    """Asks for what is due at night, then carries out the oldest open run. Returns how many it carried out."""
    request_nightly(clock)
    run = _claim(clock)
    if run is None:
        return 0
    try:
        _carry_out(run, clock)
    except Cancelled:
        log.info("search %s was cancelled", run.pk)
    except Exception as error:
        _fail(run, error, clock)
    return 1


@transaction.atomic
def _claim(clock: Clock) -> MatchRun | None:
    now = clock.now()
    waiting = MatchRun.objects.select_for_update(skip_locked=True).filter(finished_at=None, cancelled_at=None)
    run = (waiting.filter(leased_until=None) | waiting.filter(leased_until__lt=now)).order_by("pk").first()
    if run is None:
        return None
    run.leased_until, run.attempts = now + LEASE, run.attempts + 1
    run.started_at = run.started_at or now
    run.save(update_fields=["leased_until", "attempts", "started_at"])
    return run


def _fail(run: MatchRun, error: Exception, clock: Clock) -> None:
    """Gives the run back for another try, or up for good after a few."""
    log.warning("search %s failed (%s: %s)", run.pk, type(error).__name__, error)
    log.debug("details", exc_info=True)
    fields: dict[str, Any] = {"leased_until": clock.now() + dt.timedelta(seconds=30)}
    if run.attempts >= ATTEMPTS or isinstance(error, subprocess.CalledProcessError):
        fields = {"finished_at": clock.now(), "error": f"{type(error).__name__}: {error}"[:500]}
    MatchRun.objects.filter(pk=run.pk, cancelled_at=None).update(**fields)


def _carry_out(run: MatchRun, clock: Clock) -> None:
    with tempfile.TemporaryDirectory(prefix="rapport-matching-") as name:
        folder = Path(name)
        _prepare(run, folder)
        process.search(folder, lambda progress, step: _report(run, clock, progress * 0.8, step))
        result = json.loads((folder / "result.json").read_text())
        report = lambda share: _report(run, clock, 0.8 + 0.2 * share, "apply")  # noqa: E731 - one expression
        applying.apply(run, folder / "pairs.parquet", result, report)
    run.finished_at, run.progress, run.leased_until = clock.now(), 1.0, None
    run.save(update_fields=["finished_at", "progress", "leased_until"])


def _prepare(run: MatchRun, folder: Path) -> None:
    records.write_records(run.kind, folder / "records.csv", run.since)
    records.write_apart(run.kind, folder / "apart.csv")
    job = {
        "kind": run.kind,
        "auto": run.auto_at,
        "review": run.review_at,
        "floor": min(FLOOR, run.review_at),
        "memory_gb": MEMORY_GB,
        "threads": os.cpu_count() or 1,
        "parameters": policy_of(run.kind).parameters if run.since else None,
    }
    (folder / "job.json").write_text(json.dumps(job))


def _report(run: MatchRun, clock: Clock, progress: float, step: str) -> None:
    """Renews the lease and says how far the run is. Raises Cancelled."""
    kept = MatchRun.objects.filter(pk=run.pk, cancelled_at=None, attempts=run.attempts).update(
        progress=progress, step=step, leased_until=clock.now() + LEASE
    )
    if not kept:
        raise Cancelled
