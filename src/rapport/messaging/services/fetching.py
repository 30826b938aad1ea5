"""Files of messages that a provider keeps: fetched soon after the message came in, because they are not kept long."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from rapport.channels.registry import ADAPTERS, Adapter
from rapport.channels.services.connections import settings_of
from rapport.core import crypto, jobs
from rapport.core.access import system
from rapport.core.clock import SYSTEM, Clock
from rapport.core.jobs import RunningJob
from rapport.core.models import Job
from rapport.core.services import outbound
from rapport.messaging.models import InboundMessage
from rapport.messaging.services import files

KIND = "messaging.files"
FETCHER = system("files of messages")
# Whatever limit is set, a file is held in memory while it is put away.
LARGEST = 100 << 20


def keep_files(row: InboundMessage, contents: Sequence[bytes | None], clock: Clock = SYSTEM) -> None:
    """Keeps what came along with a message, and has the rest fetched from its provider; in the caller's transaction."""
    files.keep_inbound(row, contents, clock.now())
    adapter = ADAPTERS.get(row.account.adapter) if row.account is not None else None
    if adapter is not None and adapter.fetch is not None and _open(row):
        jobs.enqueue(actor=FETCHER, kind=KIND, payload={"message": str(row.pk)}, clock=clock)


def run(job: RunningJob) -> dict[str, Any]:
    """Fetches what is not there yet. A file that cannot be had says why, and never takes the others with it."""
    row = InboundMessage.objects.select_related("account").filter(pk=job.payload["message"]).first()
    adapter = ADAPTERS.get(row.account.adapter) if row is not None and row.account is not None else None
    if row is None or adapter is None:
        return {"files": 0}
    failed = [entry["at"] for entry in _open(row) if not _fetched(job, row, adapter, entry["at"])]
    if failed:
        raise outbound.Unreachable(_("%(count)d files cannot be fetched now.") % {"count": len(failed)})
    return {"files": row.files.count()}


def give_up(job: Job) -> None:
    """Says of the files that never came that they did not; part of the job's end."""
    row = InboundMessage.objects.select_for_update().filter(pk=job.payload["message"]).first()
    for entry in _open(row) if row is not None else ():
        entry["why"] = _("could not be fetched")
    if row is not None:
        row.save(update_fields=["attachments"])


def _open(row: InboundMessage) -> list[dict[str, Any]]:
    return [entry for entry in row.attachments if entry.get("at") and not entry.keys() & {"file", "why"}]


def _fetched(job: RunningJob, row: InboundMessage, adapter: Adapter, at: str) -> bool:
    """Whether no further try is needed."""
    assert adapter.fetch is not None
    assert row.account is not None
    room = min(files.room_for(row, job.clock.now()), LARGEST)
    content, why = b"", ""
    with tempfile.SpooledTemporaryFile(max_size=files.MB) as into:
        try:
            if room <= 0:
                raise outbound.Refused(_("There is no room for more files today."))
            adapter.fetch(settings_of(row.account), at, into, room)
            into.seek(0)
            content = into.read()
        except (outbound.Refused, crypto.Unreadable) as error:
            why = str(error)
        except outbound.Unreachable:
            return False
    with transaction.atomic():
        _note(row, at, content, why)
        job.step(done=row.files.count())
    return True


def _note(row: InboundMessage, at: str, content: bytes, why: str) -> None:
    """Keeps the file, or why there is none, if the message is still what it was."""
    row = InboundMessage.objects.select_for_update().get(pk=row.pk)
    for entry in _open(row):
        if entry["at"] == at:
            if why:
                entry["why"] = why
            else:
                files.keep_one(row, entry, content)
    row.save(update_fields=["attachments"])
