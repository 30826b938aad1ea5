"""A segment's members as a CSV file: on request, with progress, and dropped regularly by a sync."""

from __future__ import annotations

import csv
import datetime as dt
import io
import logging
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from typing import IO, Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.permissions import Reach
from rapport.core.services import audit
from rapport.core.ui.lists.columns import csv_value
from rapport.people.models import Identifier
from rapport.segments.models import Export, Membership, Segment, Sync, SyncMessage
from rapport.segments.services import webhooks

log = logging.getLogger(__name__)
BLOCK = 2_000
LEASE = dt.timedelta(minutes=2)
KEPT = dt.timedelta(days=7)


@transaction.atomic
def request_export(
    *, actor: Actor, segment: Segment, traits: Sequence[str] = (), clock: Clock = SYSTEM
) -> Export:
    """Has the worker write a file; it is kept for seven days."""
    actor.require("people.export", Reach.ALL)
    made = Export.objects.create(
        segment=segment,
        traits=[name.strip() for name in traits if name.strip()][:50],
        created_at=clock.now(),
        created_by=actor.label,
        total=segment.size,
    )
    data = {"export": str(made.pk), "people": segment.size}
    audit.record(
        actor=actor,
        action="segment.exported",
        object_type="segment",
        object_id=segment.pk,
        data=data,
        clock=clock,
    )
    return made


def request_drop(sync: Sync, *, now: dt.datetime) -> Export:
    """The file of a sync, under a name that tells its time. Its message says what became of it."""
    made = Export.objects.create(
        segment=sync.segment,
        traits=sync.traits,
        created_at=now,
        created_by=f"sync {sync.pk}",
        total=sync.segment.size,
    )
    SyncMessage.objects.create(
        sync=sync,
        message_id=f"export_{made.pk}",
        kind="file",
        created_at=now,
        next_attempt_at=now,
        state=SyncMessage.State.SENT,
    )
    return made


def run_once(clock: Clock = SYSTEM) -> int:
    """One turn of the loop: writes one file that was asked for, throws away what is too old."""
    now = clock.now()
    for old in Export.objects.filter(finished_at__lte=now - KEPT, expired_at=None)[:20]:
        expire(old, now=now)
    claimed = _claim(now)
    if claimed is None:
        return 0
    try:
        _write(claimed, clock)
    except OSError as error:
        log.warning("The export %s could not be written: %s", claimed.pk, error)
        Export.objects.filter(pk=claimed.pk).update(problem=str(error)[:500], finished_at=now)
    return 1


@transaction.atomic
def _claim(now: dt.datetime) -> Export | None:
    free = Export.objects.filter(finished_at=None, lease_until=None) | Export.objects.filter(
        finished_at=None, lease_until__lte=now
    )
    found = free.select_for_update(skip_locked=True).order_by("created_at").first()
    if found:
        found.lease_until = now + LEASE
        found.save(update_fields=["lease_until"])
    return found


def _write(export: Export, clock: Clock) -> None:
    stamp = export.created_at.strftime("%Y-%m-%dT%H%M%SZ")
    path = f"segments/{export.segment.key}/{stamp}-{str(export.pk)[:8]}.csv"
    done = 0
    with tempfile.TemporaryFile() as file:
        for text, count in csv_blocks(export.segment, export.traits):
            file.write(text)
            done += count
            if not _renewed(export, done=done, lease_until=clock.now() + LEASE):
                return
        file.seek(0)
        default_storage.delete(path)  # of a try that was cut off
        saved = default_storage.save(path, File(file))
    now = clock.now()
    if not _renewed(export, path=saved, finished_at=now, done=done, total=done, problem=""):
        default_storage.delete(saved)
        return
    SyncMessage.objects.filter(message_id=f"export_{export.pk}").update(path=saved, settled_at=now)


def _renewed(export: Export, **fields: Any) -> bool:
    """Saves fields while the lease is ours; not after another worker, or an erasure, has taken it."""
    mine = Export.objects.filter(pk=export.pk, finished_at=None, lease_until=export.lease_until)
    export.lease_until = fields.get("lease_until", export.lease_until)
    return bool(mine.update(**fields))


def csv_blocks(segment: Segment, traits: Sequence[str]) -> Iterator[tuple[bytes, int]]:
    """UTF-8 CSV with its heading, block by block, each with how many persons it holds.

    Cells that a spreadsheet would run as a formula begin with an apostrophe.
    """
    heading = ["person_id", "name", "email", "phone", "user_id", "entered_at", *traits]
    yield b"\xef\xbb\xbf" + _csv([heading]), 0
    after: uuid.UUID | None = None
    while True:
        rows = Membership.objects.filter(segment=segment).select_related("person").order_by("person_id")
        some = list((rows.filter(person_id__gt=after) if after else rows)[:BLOCK])
        if not some:
            return
        after = some[-1].person_id
        yield _csv(_lines(some, traits)), len(some)


def _lines(members: Sequence[Membership], traits: Sequence[str]) -> list[list[Any]]:
    held: dict[tuple[uuid.UUID, str], str] = {}
    rows = Identifier.objects.filter(
        person_id__in=[member.person_id for member in members], type__in=("phone", "user_id")
    )
    for person, kind, value in rows.order_by("-pk").values_list("person_id", "type", "value"):
        held[person, kind] = value
    return [
        [
            str(member.person_id),
            member.person.name,
            member.person.email,
            held.get((member.person_id, "phone"), ""),
            held.get((member.person_id, "user_id"), ""),
            member.entered_at.isoformat(),
            *(webhooks.trait(member.person, name) for name in traits),
        ]
        for member in members
    ]


def _csv(lines: list[list[Any]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([csv_value(cell) for cell in line] for line in lines)
    return out.getvalue().encode()


def opened(*, actor: Actor, export: Export) -> IO[bytes]:
    """The finished file, with an audit line. Raises FileNotFoundError when it is gone."""
    actor.require("people.export", Reach.ALL)
    found: IO[bytes] = default_storage.open(export.path)
    data = {"segment": export.segment.key}
    audit.record(
        actor=actor, action="export.downloaded", object_type="segment_export", object_id=export.pk, data=data
    )
    return found


def expire(export: Export, *, now: dt.datetime) -> None:
    """Throws the file away and says so. Files of a sync are the receiver's and stay."""
    if export.path and not export.created_by.startswith("sync "):
        default_storage.delete(export.path)
        export.path = ""
    Export.objects.filter(pk=export.pk).update(expired_at=now, path=export.path)


def forget(*, now: dt.datetime) -> int:
    """Throws away all files, those of syncs too: somebody may be in one though they have left the segment since.

    What is being written begins anew.
    """
    Export.objects.filter(finished_at=None).update(lease_until=None, done=0)
    found = list(Export.objects.exclude(path=""))
    for export in found:
        default_storage.delete(export.path)
    SyncMessage.objects.filter(path__in=[export.path for export in found]).update(path="")
    gone = Export.objects.filter(pk__in=[export.pk for export in found])
    gone.filter(expired_at=None).update(expired_at=now)
    gone.update(path="")
    return len(found)
