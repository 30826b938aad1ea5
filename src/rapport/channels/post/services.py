"""Letters: put into the next print file, closed, written, handed out, and come back."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import tempfile
import uuid
import zipfile
from collections.abc import Mapping
from typing import IO, Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from rapport.channels import allowed
from rapport.channels.post import queries
from rapport.channels.post.models import Mailpiece, PrintFile
from rapport.channels.protocol import Unfit
from rapport.core import jobs
from rapport.core.access import Actor, system
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.governance.services import suppression
from rapport.people.models import Person

JOB = "channels.print_file"
State = Mailpiece.State
POST = system("post")
_CODE = re.compile(r"\bL[0-9A-F]{12}\b", re.IGNORECASE)


def code_of(reference: uuid.UUID) -> str:
    """What stands on the letter, by which it is known when it comes back."""
    return f"L{reference.hex[-12:].upper()}"


def tried(reference: uuid.UUID, mailpiece: Mapping[str, Any]) -> int:
    """Makes the letter without keeping it; returns its pages. Raises Unfit."""
    row = _row(reference, mailpiece)
    return _pdf(row)[1]


@transaction.atomic
def add(reference: uuid.UUID, mailpiece: Mapping[str, Any]) -> str:
    """Puts a letter into the next print file, once; returns its code."""
    row = _row(reference, mailpiece)
    if row.person_id is not None and not Person.objects.filter(pk=row.person_id).exists():
        row.person_id = None
    Mailpiece.objects.bulk_create([row], ignore_conflicts=True)
    return row.code


@transaction.atomic
def close(*, actor: Actor, clock: Clock = SYSTEM) -> PrintFile | None:
    """Closes the file of all letters that wait, and has a worker make it; None when no letter waits.

    Who must not be written to any more stays out.
    """
    actor.require("letters.print")
    now = clock.now()
    letters = list(queries.waiting().select_for_update(of=("self",)))
    going = [row for row in letters if not _stopped(row, now)]
    if not going:
        return None
    file = PrintFile.objects.create(created_at=now, created_by=actor.label, letters_count=len(going))
    Mailpiece.objects.filter(pk__in=[row.pk for row in going]).update(state=State.PRINTED, print_file=file)
    _write_again(file, actor, clock)
    audit.record(
        actor=actor, action="print_file.closed", object_type="print_file", object_id=file.pk,
        data={"letters": len(going)}, clock=clock,
    )  # fmt: skip
    return file


@transaction.atomic
def make_again(*, actor: Actor, file_id: int, clock: Clock = SYSTEM) -> PrintFile:
    """Has the file content anew of the letters that are still in it. Raises Http404."""
    actor.require("letters.print")
    file = queries.print_file_for(actor, file_id, lock=True)
    _write_again(file, actor, clock)
    return file


@transaction.atomic
def hand_out(*, actor: Actor, file_id: int, clock: Clock = SYSTEM) -> tuple[PrintFile, IO[bytes]]:
    """The file, opened; that it was handed out is noted. Raises Http404, FileNotFoundError."""
    actor.require("letters.print")
    file = queries.print_file_for(actor, file_id, lock=True)
    if not file.path:
        raise FileNotFoundError
    content = default_storage.open(file.path)
    file.downloaded_at = clock.now()
    file.save(update_fields=["downloaded_at"])
    audit.record(
        actor=actor, action="print_file.downloaded", object_type="print_file", object_id=file.pk,
        data={"letters": file.letters_count}, clock=clock,
    )  # fmt: skip
    return file, content


@transaction.atomic
def came_back(*, actor: Actor, text: str, clock: Clock = SYSTEM) -> tuple[int, list[str]]:
    """Notes letters as returned by the codes in a text: nothing more is sent to their addresses.

    Returns how many are new, and the codes that no letter has.
    """
    actor.require("letters.edit")
    codes = {match.upper() for match in _CODE.findall(text)}
    rows = list(queries.letters(actor).filter(code__in=codes).select_for_update(of=("self",)))
    new = [row for row in rows if row.state != State.RETURNED]
    for row in new:
        row.state, row.returned_at = State.RETURNED, clock.now()
        row.save(update_fields=["state", "returned_at"])
        suppression.suppress(
            actor=POST,
            channel="post",
            address=row.address,
            reason="bounced",
            source=f"letter {row.code}",
            clock=clock,
        )
        audit.record(
            actor=actor, action="letter.returned", object_type="letter", object_id=row.pk, clock=clock
        )
    return len(new), sorted(codes - {row.code for row in rows})


def write_file(job: jobs.RunningJob) -> dict[str, int]:
    """The job: makes every letter and the manifest, and stores the ZIP in one piece."""
    file = PrintFile.objects.filter(pk=job.payload["file"]).first()
    if file is None:
        raise jobs.JobFailed(_("The print file is gone."))
    letters = list(file.letters.order_by("pk"))
    with tempfile.TemporaryFile() as content:
        pages = _write(content, letters, job)
        size = content.tell()
        content.seek(0)
        path = default_storage.save(f"letters/{file.pk}-{uuid.uuid4().hex}.zip", File(content))
    with transaction.atomic():
        job.step(done=len(letters), total=len(letters))
        locked = PrintFile.objects.select_for_update().get(pk=file.pk)
        former, locked.path, locked.size, locked.made_at = locked.path, path, size, job.clock.now()
        locked.letters_count, locked.pages_count = locked.letters.count(), pages
        locked.save()
    remove(former)
    return {"letters": len(letters), "pages": pages}


def remove(path: str) -> None:
    """Deletes a stored file, if there is one."""
    if path:
        default_storage.delete(path)


def _write(content: IO[bytes], letters: list[Mailpiece], job: jobs.RunningJob) -> int:
    """Letters whose text does not fit are stopped and say why; returns the pages of the others."""
    table = io.StringIO()
    manifest = csv.writer(table)
    manifest.writerow(["file", "code", "pages", "address"])
    total = 0
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, row in enumerate(letters, start=1):
            try:
                document, row.pages = _pdf(row)
            except Unfit as error:
                row.state, row.why, row.print_file = State.STOPPED, str(error)[:200], None
            else:
                name = f"{number:06}-{row.code}.pdf"
                archive.writestr(name, document)
                manifest.writerow([name, row.code, row.pages, row.address.replace("\n", ", ")])
                total += row.pages
            with transaction.atomic():
                row.save(update_fields=["pages", "state", "why", "print_file"])
                job.step(done=number, total=len(letters))
        archive.writestr("manifest.csv", "\ufeff" + table.getvalue())
    return total


def _pdf(row: Mailpiece) -> tuple[bytes, int]:
    """Raises Unfit."""
    from rapport.channels.post import pdf

    document, pages = pdf.document_of(
        layout=row.layout["form"],
        sender=row.layout["sender"],
        address=row.address,
        date=formats.date_format(timezone.localtime(row.created_at), "DATE_FORMAT"),
        subject=row.subject,
        body=row.body,
        code=row.code,
    )
    if pages > row.layout["pages"]:
        raise Unfit(
            _("It has %(pages)d pages; %(limit)d are allowed.")
            % {"pages": pages, "limit": row.layout["pages"]}
        )
    return document, pages


def _row(reference: uuid.UUID, mailpiece: Mapping[str, Any]) -> Mailpiece:
    return Mailpiece(
        reference=reference,
        code=code_of(reference),
        person_id=uuid.UUID(mailpiece["person"]) if mailpiece["person"] else None,
        purpose=mailpiece["purpose"],
        address=mailpiece["address"],
        subject=mailpiece["subject"],
        body=mailpiece["body"],
        layout=mailpiece["layout"],
        created_at=dt.datetime.fromisoformat(mailpiece["at"]),
    )


def _stopped(row: Mailpiece, now: dt.datetime) -> bool:
    """Stops the letter if the person must not be written to any more."""
    refusal = allowed.refusal(row.person_id, row.purpose, "post", row.address, now)
    if refusal:
        row.state, row.why = State.STOPPED, refusal
        row.save(update_fields=["state", "why"])
    return bool(refusal)


def _write_again(file: PrintFile, actor: Actor, clock: Clock) -> None:
    file.job = jobs.enqueue(
        actor=actor, kind=JOB, payload={"file": file.pk}, unique_key=f"print-file:{file.pk}", clock=clock
    )
    file.save(update_fields=["job"])
