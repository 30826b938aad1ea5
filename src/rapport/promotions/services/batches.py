"""Codes in great number: generated, or read from a shop's file, in a background job that goes on where it stopped."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import uuid
from collections.abc import Iterator, Sequence
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from rapport.core import jobs, sql
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.promotions.models import CodeBatch, Promotion
from rapport.promotions.services import codes

KIND = "promotions.codes"
PERMISSION = "promotions.edit"
MOST = 10_000_000
CHUNK = 50_000
PROBLEMS, LINE = 100, 100_000
HEADINGS = frozenset({"code", "coupon", "coupon_code", "discount_code", "voucher"})
_Row = tuple[str, str, int | None, dt.datetime | None]
_COPY = "COPY promotions_coupon (promotion_id, batch_id, code, written, max_uses, expires_at) FROM STDIN"
# What is there already is left as it is; the file says it once more.
_ADD = """
    INSERT INTO promotions_coupon (promotion_id, batch_id, code, written, max_uses, expires_at)
    SELECT %b, %b, given.code, given.written, given.uses, given.ends
    FROM unnest(%b::text[], %b::text[], %b::int[], %b::timestamptz[]) AS given (code, written, uses, ends)
    ON CONFLICT (code) DO NOTHING RETURNING 1
"""


@transaction.atomic
def generate(
    *,
    actor: Actor,
    promotion: Promotion,
    count: int,
    length: int = codes.USUAL,
    prefix: str = "",
    expires_at: dt.datetime | None = None,
    clock: Clock = SYSTEM,
) -> CodeBatch:
    """Orders single codes. Raises ValidationError for such as could be guessed."""
    actor.require(PERMISSION)
    if not 1 <= count <= MOST:
        raise ValidationError({"count": _("Between 1 and %(most)s.") % {"most": f"{MOST:,}"}})
    codes.check_length(length, count)
    normal = codes.normal(prefix) if prefix else ""
    if prefix and (not normal or len(normal) > 20):
        raise ValidationError({"prefix": _("At most 20 letters or digits.")})
    batch = CodeBatch.objects.create(
        promotion=promotion, origin=CodeBatch.Origin.GENERATED, wanted=count, length=length, prefix=normal,
        expires_at=expires_at, created_at=clock.now(),
    )  # fmt: skip
    return _order(actor, batch, "codes.generated", clock)


@transaction.atomic
def take_file(
    *, actor: Actor, promotion: Promotion, stream: IO[bytes], name: str, clock: Clock = SYSTEM
) -> CodeBatch:
    """Orders the codes of a CSV: a column `code`, and if there are any `max_uses` and `expires_at`.

    Raises ValidationError for a file without.
    """
    actor.require(PERMISSION)
    _reader(stream)
    stream.seek(0)
    stored = default_storage.save(f"coupons/{uuid.uuid4()}.csv", File(stream))
    batch = CodeBatch.objects.create(
        promotion=promotion,
        origin=CodeBatch.Origin.IMPORTED,
        file=stored,
        name=name[:254],
        created_at=clock.now(),
    )
    return _order(actor, batch, "codes.imported", clock)


def _order(actor: Actor, batch: CodeBatch, action: str, clock: Clock) -> CodeBatch:
    key = f"coupon-codes:{batch.pk}"
    batch.job = jobs.enqueue(
        actor=actor, kind=KIND, payload={"batch": batch.pk}, unique_key=key, total=batch.wanted, clock=clock
    )
    batch.save(update_fields=["job"])
    audit.record(
        actor=actor, action=action, object_type="promotion", object_id=batch.promotion_id,
        data={"batch": batch.pk, "count": batch.wanted},
    )  # fmt: skip
    return batch


def run(job: jobs.RunningJob) -> dict[str, Any]:
    """The job: makes the codes of a batch, or reads its file."""
    batch = CodeBatch.objects.filter(pk=job.payload["batch"]).first()
    if batch is None:
        raise jobs.JobFailed(_("The promotion is gone."))
    if batch.origin == CodeBatch.Origin.GENERATED:
        while batch.ready < batch.wanted:
            with transaction.atomic():
                batch.ready += make(batch, min(CHUNK, batch.wanted - batch.ready))
                batch.save(update_fields=["ready"])
                job.step(done=batch.ready, total=batch.wanted)
    else:
        _read(job, batch)
    return {"ready": batch.ready, "refused": batch.refused}


def make(batch: CodeBatch, count: int) -> int:
    """Adds so many new codes, in the caller's transaction. Two alike are as good as impossible, and mended."""
    ends = batch.expires_at.isoformat() if batch.expires_at else "\\N"
    tail = f"\t\t1\t{ends}\n"
    head = f"{batch.promotion_id}\t{batch.pk}\t"
    while True:
        fresh = codes.random_codes(count, batch.length, batch.prefix)
        try:
            with transaction.atomic():
                sql.copy(_COPY, (head + (tail + head).join(fresh) + tail).encode())
        except IntegrityError:
            continue
        return count


def _reader(stream: IO[bytes]) -> csv.DictReader[str]:
    """Raises ValidationError."""
    stream.seek(0)
    head = stream.readline(LINE).decode("utf-8", "replace")
    stream.seek(0)
    reader = csv.DictReader(_lines(stream), delimiter=max(",;\t", key=head.count))
    if not _column(reader):
        raise ValidationError({"file": _("The first row names no column “code”.")})
    return reader


def _lines(stream: IO[bytes]) -> Iterator[str]:
    while line := stream.readline(LINE):
        yield line.decode("utf-8", "replace").removeprefix("\ufeff").replace("\0", "")


def _column(reader: csv.DictReader[str]) -> str:
    try:
        names = reader.fieldnames or ()
    except csv.Error:  # lines that end as those of an old Macintosh, say
        return ""
    return next((name for name in names if name.strip().lower().replace(" ", "_") in HEADINGS), "")


def _read(job: jobs.RunningJob, batch: CodeBatch) -> None:
    with default_storage.open(batch.file) as stream:
        reader = _reader(stream)
        column = _column(reader)
        position = int(batch.wanted)
        for _row in itertools.islice(reader, position):
            pass
        while rows := _next(reader):
            with transaction.atomic():
                _add(batch, column, rows, position)
                position += len(rows)
                batch.wanted = position
                batch.save(update_fields=["ready", "refused", "wanted", "problems"])
                job.step(done=position)


def _next(reader: csv.DictReader[str]) -> list[dict[str, Any]]:
    """Raises JobFailed for what no further try will read."""
    try:
        return list(itertools.islice(reader, CHUNK // 5))
    except csv.Error as error:
        words = _("The file cannot be read like that: %(why)s.") % {"why": error}
        raise jobs.JobFailed(words) from error


def _add(batch: CodeBatch, column: str, rows: Sequence[dict[str, Any]], position: int) -> None:
    given: dict[str, _Row] = {}
    for number, row in enumerate(rows, position + 2):
        try:
            parsed = _parsed(row, column)
            if parsed[0] in given:
                raise ValueError(_("The code stands in the file twice."))
        except ValueError as error:
            batch.refused += 1
            _problem(batch, number, str(error))
        else:
            given[parsed[0]] = parsed
    values = list(given.values())
    columns = [[value[at] for value in values] for at in range(4)]
    added = len(sql.run(_ADD, [batch.promotion_id, batch.pk, *columns])) if values else 0
    if added < len(values):
        batch.refused += len(values) - added
        _problem(batch, 0, _("%(count)d codes were there already.") % {"count": len(values) - added})
    batch.ready += added


def _parsed(row: dict[str, Any], column: str) -> _Row:
    """(as it is looked up, as it is written, uses, end). Raises ValueError with words."""
    cells = {str(name).strip().lower(): str(value or "").strip() for name, value in row.items() if name}
    written = str(row.get(column) or "").strip()[:64]
    code = codes.normal(written)
    if len(code) < 3:
        raise ValueError(_("No code, or one too short."))
    uses, ends = cells.get("max_uses", ""), cells.get("expires_at", "")
    if uses and not (uses.isascii() and uses.isdigit() and 0 <= int(uses) < 2**31):
        raise ValueError(_("“%(value)s” is no number of uses.") % {"value": uses[:20]})
    limit = 1 if not uses else int(uses) or None
    return code, "" if written == code else written, limit, _moment(ends) if ends else None


def _moment(text: str) -> dt.datetime:
    """A day ends at its end (UTC). Raises ValueError."""
    try:
        if len(text) <= 10 and (day := parse_date(text)):
            return dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(days=1)
        if moment := parse_datetime(text):
            return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    except (ValueError, OverflowError):
        pass
    raise ValueError(_("“%(value)s” is no time; write 2026-12-31.") % {"value": text[:40]})


def _problem(batch: CodeBatch, number: int, why: str) -> None:
    if len(batch.problems) < PROBLEMS:
        batch.problems.append({"row": number, "why": why})


def lines_of(rows: Any) -> Iterator[str]:
    """A CSV of codes, for a shop: what `take_file` reads."""
    yield "code,max_uses,expires_at\n"
    for code, written, uses, ends in rows.values_list("code", "written", "max_uses", "expires_at").iterator(
        10_000
    ):
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerow(
            [written or code, 0 if uses is None else uses, ends.isoformat() if ends else ""]
        )
        yield out.getvalue()
