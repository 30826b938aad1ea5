"""Bringing a file in and saying what its columns mean."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import shutil
import tempfile
import uuid
import zipfile
from itertools import islice
from pathlib import PurePath
from typing import IO, Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.models import Job, Workspace
from rapport.core.permissions import Reach
from rapport.core.plain_text import plain
from rapport.core.services import audit
from rapport.transfers.imports import mapping as mappings
from rapport.transfers.imports import readers, suggest
from rapport.transfers.imports.readers import packed as packing
from rapport.transfers.models import Import, ImportMapping

State = Import.State
# So many rows tell what columns mean and how their dates and numbers are written.
SAMPLE_ROWS = 2_000
KEPT = dt.timedelta(days=30)
ENDINGS = (
    ".csv", ".txt", ".tsv", ".xlsx", ".xls", ".htm", ".html", ".vcf", ".vcard", ".parquet", ".json", ".jsonl",
    ".ndjson",
)  # fmt: skip


def upload(*, actor: Actor, stream: IO[bytes], name: str) -> list[Import]:
    """Stores a file (or each file of a zip) and proposes what its columns mean. Raises readers.Unreadable."""
    actor.require("people.edit", Reach.ALL)
    if name.lower().endswith(".zip") or packing.is_plain(stream):
        return _unpacked(actor, stream)
    return [create_import(actor=actor, stream=stream, name=name)]


def _unpacked(actor: Actor, stream: IO[bytes]) -> list[Import]:
    """All of the zip's files, or none: which of several came in is not for the user to find out."""
    imports: list[Import] = []
    try:
        with zipfile.ZipFile(stream) as packed, transaction.atomic():
            packing.check(packed)
            for entry in _members(packed):
                with packed.open(entry) as inner, tempfile.TemporaryFile() as spool:
                    shutil.copyfileobj(inner, spool, 1024 * 1024)
                    imports.append(_member(actor, spool, PurePath(entry.filename).name))
            return imports
    except (*packing.DAMAGE, readers.Unreadable) as error:
        for run in imports:
            default_storage.delete(run.file)
        if isinstance(error, readers.Unreadable):
            raise
        raise readers.Unreadable(
            _("The zip cannot be opened. Pack it again without a password, or choose a file in it.")
        ) from error


def _members(packed: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    members = [
        entry
        for entry in packed.infolist()
        if entry.filename.lower().endswith(ENDINGS) and packing.is_own(entry.filename)
    ]
    if not members or len(members) > 20:
        raise readers.Unreadable(
            _("The zip holds no files with a table, or more than 20. Unpack it and choose one.")
        )
    return members


def _member(actor: Actor, spool: IO[bytes], name: str) -> Import:
    try:
        return create_import(actor=actor, stream=spool, name=name)
    except readers.Unreadable as error:
        raise readers.Unreadable(_("%(file)s: %(why)s") % {"file": name[:100], "why": error}) from error


def create_import(
    *,
    actor: Actor,
    stream: IO[bytes],
    name: str,
    layout: readers.Layout | None = None,
    clock: Clock = SYSTEM,
) -> Import:
    """Stores one file and proposes a mapping. `stream` is seekable. Raises readers.Unreadable."""
    actor.require("people.edit", Reach.ALL)
    layout = layout or readers.inspect(stream, name)
    headers, samples = sample(stream, layout)
    region = Workspace.objects.filter(pk=1).values_list("country", flat=True).first() or "GB"
    proposed, system = suggest.mapping(headers, samples, region)
    digest, size = _digest(stream)
    run_id = uuid.uuid4()
    stream.seek(0)
    stored = default_storage.save(f"imports/{run_id}{PurePath(name).suffix[:10].lower()}", File(stream))
    if layout.header and (remembered := recall(headers)):
        # The names of the columns only say where each belongs, and evidence is about one file.
        kept = {key: value for key, value in remembered.mapping.items() if key not in {"headers", "evidence"}}
        proposed |= kept | {"columns": _in_order(headers, remembered.mapping, proposed["columns"])}
    with transaction.atomic():
        run = Import.objects.create(
            id=run_id, name=plain(PurePath(name).name)[:254] or "file", file=stored, size=size, content_hash=digest,
            layout=layout.as_json(), headers=headers, mapping=proposed, system=system,
            actor_kind=actor.kind, actor_id=actor.id[:64], actor_label=actor.label[:254], created_at=clock.now(),
        )  # fmt: skip
        audit.record(
            actor=actor, action="import.uploaded", object_type="import", object_id=run.pk, data={"size": size}
        )
    return run


def sample(
    stream: IO[bytes], layout: readers.Layout, most: int = SAMPLE_ROWS
) -> tuple[list[str], list[list[Any]]]:
    """(headers, the first rows' cells). Raises readers.Unreadable, also for a file without a row."""
    with readers.rows(stream, layout) as table:
        rows = list(islice(table.rows, most))
    if not rows:
        raise readers.Unreadable(
            _("The file has names of columns, but no rows below them. Export it again with its rows.")
        )
    return table.headers, [row.cells for row in rows if not row.problem]


def _digest(stream: IO[bytes]) -> tuple[str, int]:
    stream.seek(0)
    digest, size = hashlib.blake2b(digest_size=32), 0
    while block := stream.read(1024 * 1024):
        digest.update(block)
        size += len(block)
    return digest.hexdigest(), size


def recall(headers: list[str], name: str = "") -> ImportMapping | None:
    """The mapping that was used last for these columns, or the one saved under a name."""
    rows = ImportMapping.objects.filter(headers_key=mappings.headers_key(headers), name=name)
    return rows.order_by("-used_at").first()


def _in_order(headers: list[str], kept: dict[str, Any], proposed: list[Any]) -> list[Any]:
    """A remembered mapping is kept by column name, because another file may have them in another order."""
    by_name = dict(zip(kept.get("headers", []), kept["columns"], strict=False))
    return [
        _as_written(by_name.get(header, column), column)
        for header, column in zip(headers, proposed, strict=True)
    ]


def _as_written(column: dict[str, Any], proposed: dict[str, Any]) -> dict[str, Any]:
    """How dates and numbers are written is seen in this file, where it can be."""
    same = column.get("type") == proposed.get("type") and column["to"] == proposed["to"]
    decided = same and proposed.get("notation") not in {None, "ask"}
    return column | {"notation": proposed["notation"]} if decided else column


@transaction.atomic
def set_mapping(
    *, actor: Actor, run: Import, mapping: dict[str, Any], name: str = "", clock: Clock = SYSTEM
) -> Import:
    """Says what the columns mean, and remembers it for these columns (and under `name`). Raises mappings.BadMapping."""
    actor.require("people.edit", Reach.ALL)
    run = _changeable(run)
    run.mapping = mappings.checked(mapping, len(run.headers))
    run.state, run.report = State.MAPPING, {}
    run.save(update_fields=["mapping", "state", "report"])
    for saved_as in {"", name.strip()[:120]}:
        ImportMapping.objects.update_or_create(
            headers_key=mappings.headers_key(run.headers),
            name=saved_as,
            defaults={
                "mapping": run.mapping | {"headers": run.headers},
                "used_at": clock.now(),
                "created_by": actor.label[:254],
            },
        )
    return run


@transaction.atomic
def set_layout(*, actor: Actor, run: Import, **changes: str) -> Import:
    """Reads the file another way (encoding, delimiter, sheet, column names). Raises readers.Unreadable."""
    actor.require("people.edit", Reach.ALL)
    run = _changeable(run)
    options = {"encoding", "delimiter", "quote", "sheet"}
    layout = readers.Layout.from_json(run.layout | {k: v for k, v in changes.items() if k in options and v})
    layout.exact = layout.exact or layout.encoding != run.layout.get("encoding")
    if (header := changes.get("header", "")).isdecimal():
        layout.header = min(int(header), readers.PEEKED)
    with default_storage.open(run.file) as stream:
        try:
            headers, samples = sample(stream, layout)
        except (LookupError, TypeError) as error:
            raise readers.Unreadable(
                _("The file cannot be read like that: %(why)s.") % {"why": error}
            ) from error
    if headers != run.headers or layout.header != run.layout.get("header"):
        run.headers, run.excluded = headers, []
        run.mapping, run.system = suggest.mapping(headers, samples, run.mapping.get("region", "GB"))
    run.layout = layout.as_json()
    run.save(update_fields=["layout", "headers", "mapping", "system", "excluded"])
    return run


@transaction.atomic
def exclude(*, actor: Actor, run: Import, rows: str) -> Import:
    """Says which rows are not to come in: "3, 7, 10-12", or "" for none. Raises mappings.BadMapping."""
    actor.require("people.edit", Reach.ALL)
    run = _changeable(run)
    try:
        run.excluded = [_range(piece) for piece in re.split(r"[,;\s]+", rows.strip()) if piece]
    except ValueError as error:
        raise mappings.BadMapping({-1: _("Give the numbers of rows, such as 3, 7, 10-12.")}) from error
    run.save(update_fields=["excluded"])
    return run


def _range(piece: str) -> list[int]:
    first, dash, last = piece.replace("–", "-").partition("-")
    numbers = [int(first), int(last if dash else first)]
    if not 0 < numbers[0] <= numbers[1]:
        raise ValueError(piece)
    return numbers


def _changeable(run: Import) -> Import:
    run = Import.objects.select_for_update().get(pk=run.pk)
    if run.state not in {State.MAPPING, State.CHECKED, State.FAILED} or run.position:
        raise mappings.BadMapping(
            {-1: _("This import has started; upload the file again to import it differently.")}
        )
    return run


def earlier(run: Import) -> Import | None:
    """The import that brought exactly this file before, if any."""
    same = Import.objects.filter(content_hash=run.content_hash, state=State.DONE).exclude(pk=run.pk)
    return same.order_by("-finished_at").first()


def delete_old(now: dt.datetime) -> int:
    """Deletes the files of imports that nobody has worked on for a month; returns how many."""
    old = Import.objects.filter(created_at__lt=now - KEPT).exclude(file="").exclude(job__state__in=Job.LIVE)
    runs = list(old)
    for run in runs:
        default_storage.delete(run.file)
    Import.objects.filter(pk__in=[run.pk for run in runs]).update(file="")
    return len(runs)
