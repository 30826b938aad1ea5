"""The job that carries bulk changes out and takes them back, and the one that forgets them."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core.bulk import services
from rapport.core.jobs import JOB_KINDS, JobFailed, JobKind, RunningJob, every
from rapport.core.models import BulkChange, BulkChangeItem
from rapport.core.ui.lists.bulk import BulkEdit
from rapport.core.ui.lists.rebuilt import list_for

CHUNK = 500


def register() -> None:
    JOB_KINDS.register(
        JobKind(
            services.JOB,
            gettext_lazy("Changing many rows"),
            carry_out,
            ended=services.ended,
            url=lambda job: reverse("core:bulk", args=[job.payload["change"]]),
        )
    )
    JOB_KINDS.register(
        JobKind(
            "core.bulk_tidying",
            gettext_lazy("Removing old changes"),
            lambda job: {"changes": services.forget_old(job.clock.now())},
            schedule=every(hours=24),
            idle_seconds=600,
        )
    )


def carry_out(job: RunningJob) -> dict[str, Any]:
    """Goes through the rows in chunks, on behalf of whoever chose them."""
    change = BulkChange.objects.get(pk=job.payload["change"])
    page = list_for(job.actor, change.list_name)
    edit = page.edit(change.edit)
    if edit is None:
        raise JobFailed(_("The list no longer offers this change."))
    page.require(edit.permission)
    undoing = _taken_up(job, change)
    waiting = change.items.filter(is_done=undoing).order_by("pk")
    done = change.total - waiting.count() if not undoing else change.items.filter(is_done=False).count()
    while items := list(waiting[:CHUNK]):
        with transaction.atomic():
            rows = page.covered(page.rows(), edit.permission).filter(pk__in=[item.key for item in items])
            _chunk(job, change, edit, rows, items, undoing)
            done += len(items)
            job.step(done=done, total=change.total)
    return {"changed": change.items.filter(before__isnull=False).count()}


def _taken_up(job: RunningJob, change: BulkChange) -> bool:
    """Marks the change as under way, also when the job runs again; says whether it is being taken back.

    A change that another job has dealt with since is not this one's any more.
    """
    if change.job_id != job.row.pk:
        raise JobFailed(_("This change has moved on since you opened the page."))
    undoing = bool(job.payload["undo"])
    state = BulkChange.State.UNDOING if undoing else BulkChange.State.RUNNING
    # Whoever took it back meanwhile waits for this job to end.
    BulkChange.objects.filter(pk=change.pk).exclude(state=BulkChange.State.UNDOING).update(state=state)
    return undoing


def _chunk(
    job: RunningJob, change: BulkChange, edit: BulkEdit, rows: Any, items: list[BulkChangeItem], undoing: bool
) -> None:
    if undoing:
        before = {item.key: item.before["value"] for item in items if item.before is not None}
        edit.undo(job.actor, change.what, rows.filter(pk__in=before), before)
    else:
        before = edit.apply(job.actor, change.what, rows)
    for item in items:
        item.is_done = not undoing
        changed = not undoing and item.key in before
        item.before = {"value": before[item.key]} if changed else None
    BulkChangeItem.objects.bulk_update(items, ["is_done", "before"])
