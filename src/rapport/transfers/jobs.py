"""The background jobs of imports, exports and feeds."""

from __future__ import annotations

import datetime as dt
from functools import partial

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rapport.core.jobs import JOB_KINDS, JobKind, RunningJob, every
from rapport.core.models import Job
from rapport.core.permissions import Reach
from rapport.transfers.exports.services import exporting
from rapport.transfers.feeds.services import files, taking
from rapport.transfers.feeds.services import running as feeds
from rapport.transfers.imports.services import checking, reverting, running, steps, uploads


def delete_old(job: RunningJob) -> dict[str, int]:
    """Deletes exported files, uploads and received payloads past their time."""
    now = job.clock.now()
    taking.delete_old(now)
    return {"exports": exporting.expire_old(now), "uploads": uploads.delete_old(now)}


def _url(job: Job, *, page: str, key: str) -> str:
    return reverse(page, args=[job.payload[key]])


def register() -> None:
    # A worker that is killed, or loses its database for good, cannot say that it was not the file's fault, so there
    # are enough tries without a step forward to get through a bad day.
    import_kind = partial(
        JobKind, permission="people.edit", reach=Reach.ALL, attempts=20, queue="imports", idle_seconds=2.0,
        ended=steps.ended, url=partial(_url, page="transfers:import", key="import"),
    )  # fmt: skip
    minute = every(minutes=1)
    for kind in (
        import_kind(steps.CHECK, _("Checking an import"), checking.check_file),
        import_kind(steps.IMPORT, _("Importing people"), running.run_import),
        import_kind(steps.REVERT, _("Reverting an import"), reverting.revert_import, cancellable=False),
        JobKind(
            exporting.JOB, _("Exporting people"), exporting.write_export, "people.export", ended=exporting.ended,
            url=partial(_url, page="transfers:export", key="export"),
        ),
        JobKind(feeds.JOB, _("Reading a file of events"), feeds.read_file, "data.edit", ended=feeds.ended),
        JobKind(files.FETCH, _("Checking for new files"), files.fetch, lease=dt.timedelta(minutes=30)),
        JobKind("transfers.feeds", _("Fetching feeds"), files.enqueue_due, schedule=minute),
        JobKind("transfers.delete", _("Removing old files and payloads"), delete_old, schedule=every(minutes=10)),
    ):  # fmt: skip
        JOB_KINDS.register(kind)
