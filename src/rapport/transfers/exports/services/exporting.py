"""Asking for an export, writing it in the background, and handing it out for a while."""

from __future__ import annotations

import datetime as dt
import json
import logging
import tempfile
import uuid
from collections.abc import Callable, Sequence
from typing import IO, Any

from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from rapport.core import crypto
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.models import within_reach
from rapport.core.services import audit
from rapport.core.services.wake import wake
from rapport.people.models import Person
from rapport.transfers.exports import columns as all_columns
from rapport.transfers.exports import registry, writers
from rapport.transfers.imports.services import leases
from rapport.transfers.models import Export, Import

log = logging.getLogger("rapport.exports")
CHUNK = 2_000
KEPT = dt.timedelta(days=7)
UPLOADS_KEPT = dt.timedelta(days=30)
LINK = dt.timedelta(minutes=15)
State = Export.State


@transaction.atomic
def ask(*, actor: Actor, name: str, format: str, scope: dict[str, str], columns: Sequence[str]) -> Export:
    """Orders an export of the people in `scope` ({"kind", "query"}). Raises ValueError, Http404, PermissionDenied."""
    actor.require("people.export")
    if format not in writers.WRITERS:
        raise ValueError(_("There is no format “%(name)s”.") % {"name": format})
    known = {choice.name for choice in all_columns.choices()}
    chosen = [column for column in dict.fromkeys(columns) if column in known or column.startswith("trait.")]
    if not chosen:
        raise ValueError(_("Choose at least one column."))
    people_in(actor, scope)
    export = Export.objects.create(
        name=name[:120], format=format, scope=scope, columns=chosen, created_at=SYSTEM.now(),
        actor_kind=actor.kind, actor_id=actor.id[:64], actor_label=actor.label[:254],
    )  # fmt: skip
    audit.record(
        actor=actor, action="people.exported", object_type="export", object_id=export.pk,
        data={"format": format, "scope": scope, "columns": chosen},
    )  # fmt: skip
    wake("exports")
    return export


def people_in(actor: Actor, scope: dict[str, str]) -> QuerySet[Person]:
    """Raises ValueError for a kind nobody registered, Http404 for what the actor may not see."""
    resolve = registry.EXPORT_SCOPES.get(scope.get("kind", ""))
    if resolve is None:
        raise ValueError(_("There is nothing of that kind to export."))
    return resolve(actor, scope.get("query", ""))


def run_once(clock: Clock = SYSTEM) -> int:
    """The worker's loop: writes one export that waits, then clears away what is past its time."""
    export = leases.claim(Export, [State.WAITING, State.RUNNING])
    if export is None:
        return clear_away(clock.now())
    if export.attempts > leases.ATTEMPTS:
        leases.release(export, state=State.FAILED, problem=export.problem or _("It was tried several times."))
        return 1
    try:
        work(export)
    except leases.Lost:
        log.warning("export %s was taken over by another worker", export.pk)
    return 1


def work(export: Export, progress: Callable[[Export], None] | None = None) -> None:
    """Writes the file; the claim is the caller's. What cannot be done ends in words."""
    try:
        actor = leases.actor_of(export)
        actor.require("people.export")
        with tempfile.TemporaryFile() as spool:
            rows = people_in(actor, export.scope)
            covered = rows.filter(within_reach(actor, "people.export"))
            write(export, covered, spool, progress)
            size = spool.tell()
            spool.seek(0)
            path = f"exports/{export.pk}.{writers.ENDINGS[export.format]}"
            default_storage.delete(path)  # of a try that was cut off
            stored = default_storage.save(path, File(spool))
        now = SYSTEM.now()
        try:
            leases.release(
                export, state=State.DONE, file=stored, size=size, finished_at=now, expires_at=now + KEPT
            )
        except leases.Lost:
            default_storage.delete(stored)
            raise
    except (ValueError, PermissionDenied, Http404, OSError) as error:
        leases.release(export, state=State.FAILED, problem=str(error)[:2000], finished_at=SYSTEM.now())


def write(
    export: Export, people: QuerySet[Person], out: IO[bytes], progress: Callable[[Export], None] | None = None
) -> None:
    """Writes everybody by key, so that no cursor and no snapshot stays open however long it takes."""
    reader = all_columns.Reader(export.columns)
    writer = writers.WRITERS[export.format](out, reader.headers)
    people = people.order_by("pk")
    leases.renew(export, state=State.RUNNING, rows=people.count(), written=0)
    last = uuid.UUID(int=0)
    while chunk := list(people.filter(pk__gt=last)[:CHUNK]):
        writer.write(reader.rows(chunk))
        last = chunk[-1].pk
        if Export.objects.filter(pk=export.pk, state=State.CANCELLED).exists():
            raise leases.Lost
        leases.renew(export, written=export.written + len(chunk))
        if progress:
            progress(export)
    writer.close()


@transaction.atomic
def cancel(*, actor: Actor, export: Export) -> None:
    """Stops an export that is not finished."""
    actor.require("people.export")
    waiting = Export.objects.filter(pk=export.pk, state__in=[State.WAITING, State.RUNNING])
    if waiting.update(state=State.CANCELLED, finished_at=SYSTEM.now()):
        audit.record(actor=actor, action="export.cancelled", object_type="export", object_id=export.pk)


def link(export: Export, *, actor: Actor, now: dt.datetime | None = None) -> str:
    """The token of a download link that is good for a quarter of an hour and remembers for whom it was made."""
    until = int(((now or SYSTEM.now()) + LINK).timestamp())
    return crypto.sign(
        "export", json.dumps([str(export.pk), until, actor.kind, actor.id, actor.label]).encode()
    )


def opened(token: str) -> Export:
    """The finished export of a link, with an audit line. Raises Http404 when the link is no good any more."""
    try:
        pk, until, kind, id_, label = json.loads(crypto.unsign("export", token))
    except (crypto.BadSignature, ValueError) as error:
        raise Http404 from error
    export = Export.objects.filter(pk=pk, state=State.DONE).first()
    if export is None or until < SYSTEM.now().timestamp():
        raise Http404
    by = Actor(kind, id_, label, {})
    audit.record(actor=by, action="export.downloaded", object_type="export", object_id=export.pk)
    return export


def clear_away(now: dt.datetime | None = None) -> int:
    """Deletes files of exports that expired, and uploads of imports finished a month ago."""
    moment = now or SYSTEM.now()
    gone: list[Any] = list(Export.objects.filter(state=State.DONE, expires_at__lt=moment)[:20])
    for export in gone:
        default_storage.delete(export.file)
        Export.objects.filter(pk=export.pk).update(state=State.EXPIRED, file="")
    old = Import.objects.filter(created_at__lt=moment - UPLOADS_KEPT, lease_until=None).exclude(file="")
    for run in old[:20]:
        default_storage.delete(run.file)
        Import.objects.filter(pk=run.pk).update(file="")
        gone.append(run)
    return len(gone)
