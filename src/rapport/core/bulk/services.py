"""Bulk changes: choosing the rows, starting, taking back and forgetting. `core.ui.lists.jobs` carries them out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from django.core.exceptions import EmptyResultSet, ValidationError
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.jobs import AlreadyQueued, Gone, enqueue, requester, stop
from rapport.core.models import BulkChange, BulkChangeItem, Job
from rapport.core.services import audit

JOB = "core.bulk"
MOST = 1_000_000
KEPT = dt.timedelta(days=90)
State = BulkChange.State


@transaction.atomic
def choose(*, actor: Actor, list_name: str, edit: str, rows: QuerySet[Any], origin: str) -> BulkChange:
    """Keeps which rows are meant; nothing happens before `start`. Raises ValidationError for none or too many."""
    change = BulkChange.objects.create(
        list_name=list_name, edit=edit, user_id=int(actor.id), origin=origin[:4000]
    )
    change.total = _keep(change, rows.order_by().values("pk")[: MOST + 1])
    if not 0 < change.total <= MOST:
        raise ValidationError(_("Choose between one and a million rows."))
    change.save(update_fields=["total"])
    return change


def _keep(change: BulkChange, chosen: QuerySet[Any]) -> int:
    """Copies the keys inside the database; returns how many."""
    try:
        query, parameters = chosen.query.sql_with_params()
    except EmptyResultSet:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_bulkchangeitem (change_id, key, is_done)"
            f" SELECT %s, chosen.id::text, false FROM ({query}) chosen (id)",
            [change.pk, *parameters],
        )
        return int(cursor.rowcount)


@transaction.atomic
def start(*, actor: Actor, change: BulkChange, what: dict[str, Any]) -> Job:
    """Carries the change out in the background. Raises ValidationError when it is under way already."""
    change = BulkChange.objects.select_for_update().get(pk=change.pk)
    if change.state != State.DRAFT:
        raise ValidationError(_("This change is already running."))
    change.what = what
    return _run(actor, change, State.RUNNING, "bulk.started")


@transaction.atomic
def take_back(*, actor: Actor, change: BulkChange) -> Job:
    """Gives every row back what stood there before, where nobody changed it since. Raises ValidationError.

    What is still under way is stopped first, and taken back as soon as it has ended.
    """
    change = BulkChange.objects.select_for_update().get(pk=change.pk)
    if change.state == State.RUNNING and change.job is not None:
        change.state = State.UNDOING
        change.save(update_fields=["state"])
        stop(change.job)
        change.refresh_from_db()
        return change.job
    if change.state not in {State.DONE, State.STOPPED}:
        raise ValidationError(_("There is nothing to undo."))
    return _run(actor, change, State.UNDOING, "bulk.undone")


def _run(actor: Actor, change: BulkChange, state: str, action: str) -> Job:
    key = f"bulk:{change.pk}"
    # Which way it goes is the job's own: it may be run again after the change has stopped.
    payload = {"change": change.pk, "undo": state == State.UNDOING}
    try:
        job = enqueue(actor=actor, kind=JOB, payload=payload, unique_key=key, total=change.total)
    except AlreadyQueued as error:
        raise ValidationError(_("This change is already running.")) from error
    change.state, change.job = state, job
    change.save(update_fields=["what", "state", "job"])
    audit.record(
        actor=actor,
        action=action,
        object_type="bulk_change",
        object_id=change.pk,
        data={"list": change.list_name, "edit": change.edit, "rows": change.total},
    )
    return job


def ended(job: Job) -> None:
    """Called in the transaction that ends the job."""
    whole = job.state == Job.State.DONE
    change = BulkChange.objects.select_for_update().get(pk=job.payload["change"])
    if change.job_id != job.pk:
        return
    undoing = job.payload["undo"]
    if change.state == State.UNDOING and not undoing:
        with suppress(Gone):
            _run(requester(job), change, State.UNDOING, "bulk.undone")
            return
    change.state = (State.UNDONE if undoing else State.DONE) if whole else State.STOPPED
    change.save(update_fields=["state"])


def forget_rows(keys: Iterable[object]) -> int:
    """Deletes what is kept of these rows, for an erasure; returns how many entries."""
    return int(BulkChangeItem.objects.filter(key__in=[str(key) for key in keys]).delete()[0])


def forget_old(now: dt.datetime) -> int:
    """Deletes changes that nobody will take back any more; returns how many."""
    return int(BulkChange.objects.filter(created_at__lt=now - KEPT).delete()[0])
