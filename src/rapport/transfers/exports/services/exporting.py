"""Exports: ordered, written by a job, handed out for a week, and forgotten."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
import uuid
from collections.abc import Sequence
from typing import IO, Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from rapport.core import crypto, jobs
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.models import Job, within_reach
from rapport.core.services import audit
from rapport.people.models import Person
from rapport.transfers.exports import columns as all_columns
from rapport.transfers.exports import registry, writers
from rapport.transfers.models import Export

CHUNK = 2_000
KEPT = dt.timedelta(days=7)
LINK = dt.timedelta(minutes=15)
JOB = "transfers.export"
State = Export.State


@transaction.atomic
def order(
    *,
    actor: Actor,
    name: str,
    format: str,
    scope: dict[str, str],
    columns: Sequence[str],
    path: str = "",
    clock: Clock = SYSTEM,
) -> Export:
    """Has a worker write a file of the people in `scope` ({"kind", "query"}).

    It is kept for `KEPT`; under a `path` of the receiver's in the storage until they take it away. Both are
    deleted when somebody is forgotten. Raises ValueError, Http404, PermissionDenied.
    """
    actor.require("people.export")
    if format not in writers.WRITERS:
        raise ValueError(_("There is no format “%(name)s”.") % {"name": format})
    possible = {choice.name for choice in all_columns.choices(scope.get("kind", ""))}
    chosen = list(dict.fromkeys(columns))
    for column in chosen:
        if column not in possible and not column.startswith("trait."):
            raise ValueError(_("There is no column “%(name)s”.") % {"name": column})
    if not chosen:
        raise ValueError(_("Choose at least one column."))
    people_in(actor, scope)
    export = Export(
        name=name[:120], format=format, scope=scope, columns=chosen, path=path, created_at=clock.now(),
        actor_kind=actor.kind, actor_id=actor.id[:64], actor_label=actor.label[:254],
    )  # fmt: skip
    export.job = _enqueue(export, actor, clock)
    export.save(force_insert=True)
    audit.record(
        actor=actor, action="people.exported", object_type="export", object_id=export.pk,
        data={"format": format, "scope": scope, "columns": chosen}, clock=clock,
    )  # fmt: skip
    return export


def _enqueue(export: Export, actor: Actor, clock: Clock) -> Job:
    return jobs.enqueue(actor=actor, kind=JOB, payload={"export": str(export.pk)}, clock=clock)


def people_in(actor: Actor, scope: dict[str, str]) -> QuerySet[Person]:
    """Those whom the actor may export. Raises ValueError for an unknown kind, Http404 for what they may not see."""
    kind = registry.EXPORT_SCOPES.get(scope.get("kind", ""))
    if kind is None:
        raise ValueError(_("There is nothing of that kind to export."))
    return kind.people(actor, scope.get("query", "")).filter(within_reach(actor, "people.export"))


def write_export(job: jobs.RunningJob) -> None:
    """The job: writes the file from its beginning, and stores it in one piece."""
    export = Export.objects.filter(job=job.row).first()
    if export is None:
        raise jobs.JobFailed(_("The record it was for no longer exists."))
    Export.objects.filter(pk=export.pk).update(state=State.RUNNING)
    with tempfile.TemporaryFile() as spool:
        try:
            rows = _write(export, people_in(job.actor, export.scope), spool, job)
        except ValueError as error:  # writers.TooLarge, or a list that can no longer be read
            raise jobs.JobFailed(str(error)) from error
        size = spool.tell()
        spool.seek(0)
        _store(export, spool, job, rows=rows, size=size)


def _write(export: Export, people: QuerySet[Person], out: IO[bytes], job: jobs.RunningJob) -> int:
    """Writes everybody by key, so that no cursor and no snapshot stays open however long it takes."""
    reader = all_columns.Reader(export.columns, export.scope)
    writer = writers.WRITERS[export.format](out, reader.headers)
    people = people.order_by("pk")
    job.step(done=0, total=people.count())
    last, written = uuid.UUID(int=0), 0
    while chunk := list(people.filter(pk__gt=last)[:CHUNK]):
        writer.write(reader.rows(chunk))
        last, written = chunk[-1].pk, written + len(chunk)
        job.step(done=written)
    writer.close()
    return written


def _store(export: Export, spool: IO[bytes], job: jobs.RunningJob, **fields: Any) -> None:
    path = export.path or f"exports/{export.pk}.{writers.ENDINGS[export.format]}"
    default_storage.delete(path)  # of a try that was cut off
    stored = default_storage.save(path, File(spool))
    now = job.clock.now()
    fields |= {"finished_at": now, "expires_at": None if export.path else now + KEPT}
    try:
        with transaction.atomic():
            # Somebody may have been forgotten since the first row was written: then another job is due.
            if not Export.objects.filter(job=job.row).update(state=State.DONE, file=stored, **fields):
                raise jobs.Lost
            job.finish({"rows": fields["rows"]})
    except jobs.Lost:
        default_storage.delete(stored)
        raise


def ended(job: Job) -> None:
    """Notes on the export that its job failed or was cancelled."""
    state = {Job.State.FAILED: State.FAILED, Job.State.CANCELLED: State.CANCELLED}.get(Job.State(job.state))
    if state:
        Export.objects.filter(job=job).update(state=state, finished_at=job.finished_at)


@transaction.atomic
def cancel(*, actor: Actor, export: Export, clock: Clock = SYSTEM) -> None:
    """Stops an export that is not finished."""
    actor.require("people.export")
    if export.job and jobs.stop(export.job, clock=clock):
        audit.record(
            actor=actor, action="export.cancelled", object_type="export", object_id=export.pk, clock=clock
        )


def link(export: Export, *, actor: Actor, clock: Clock = SYSTEM) -> str:
    """The token of a download link that is good for a quarter of an hour and says for whom it was made."""
    until = int((clock.now() + LINK).timestamp())
    return crypto.sign(
        "export", json.dumps([str(export.pk), until, actor.kind, actor.id, actor.label]).encode()
    )


def opened(token: str, *, reader: Actor | None = None, clock: Clock = SYSTEM) -> Export:
    """The finished export of a link, with an audit line. Raises Http404 when the link has expired.

    A user's link opens for that user alone: who has seen or been sent it has no right to the people in the
    file. A key's link is the permission itself, because programs fetch files without their key.
    """
    try:
        pk, until, kind, id_, label = json.loads(crypto.unsign("export", token))
    except (crypto.BadSignature, ValueError) as error:
        raise Http404 from error
    if kind == "user" and (reader is None or (reader.kind, str(reader.id)) != (kind, str(id_))):
        raise Http404
    export = Export.objects.filter(pk=pk, state=State.DONE).first()
    if export is None or until < clock.now().timestamp():
        raise Http404
    by = Actor(kind, id_, label, {})
    audit.record(actor=by, action="export.downloaded", object_type="export", object_id=export.pk, clock=clock)
    return export


def expire(export: Export) -> None:
    """Deletes the file."""
    default_storage.delete(export.file)
    Export.objects.filter(pk=export.pk).update(state=State.EXPIRED, file="")


def expire_old(now: dt.datetime) -> int:
    """Deletes the files past their time; returns how many."""
    old = list(Export.objects.filter(state=State.DONE, expires_at__lt=now))
    for export in old:
        expire(export)
    return len(old)


def _requester(export: Export) -> Actor:
    kind: Any = export.actor_kind
    return Actor(kind, export.actor_id, export.actor_label, {})


@transaction.atomic
def forget(clock: Clock = SYSTEM) -> int:
    """Deletes all files, because somebody who is forgotten may be in any; returns how many.

    What is being written may name them already and begins anew, under another job.
    """
    writing = Export.objects.filter(state__in=[State.WAITING, State.RUNNING]).select_for_update(no_key=True)
    for export in writing.order_by("pk"):
        before = export.job
        job = _enqueue(export, _requester(export), clock)
        Export.objects.filter(pk=export.pk).update(state=State.WAITING, job=job)
        if before:
            jobs.stop(before, clock=clock)
    ready = list(Export.objects.filter(state=State.DONE))
    for export in ready:
        expire(export)
    return len(ready)
