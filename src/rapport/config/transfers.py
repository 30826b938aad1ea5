"""`rapport import` and `rapport export`: the same services as the pages, worked through here with a bar."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from rapport.config.commands import ACTOR, guarded
from rapport.core.access import system


def bring_or_resume(path: Path | None, resumed: str, **how: Any) -> None:
    """Imports a file, or goes on with an import."""
    if resumed:
        resume(resumed, how["say"])
    elif path:
        bring(path, **how)
    else:
        raise click.ClickException("Name the file to import.")


def bring(
    path: Path, *, mapping: Path | None, rules: dict[str, str], check: bool, say: Callable[[str], None]
) -> None:
    """Imports one file; prints what it did as JSON."""
    from rapport.transfers.imports.services import checking, running, uploads
    from rapport.transfers.models import Import

    actor = system(ACTOR)
    with path.open("rb") as stream:
        runs = guarded(lambda: uploads.upload(actor=actor, stream=stream, name=path.name))
    for run in runs:
        given = json.loads(mapping.read_text()) if mapping else run.mapping
        chosen = given | {name: value for name, value in rules.items() if value}
        if chosen.get("dates") == "ask":
            raise click.ClickException(
                "The file has dates such as 03/04/2026. Say --dates dmy or --dates mdy."
            )
        guarded(lambda run=run, chosen=chosen: uploads.set_mapping(actor=actor, run=run, mapping=chosen))  # type: ignore[misc]
        _go(run, "check" if check else "start", checking.work if check else running.work, say)
        done = Import.objects.get(pk=run.pk)
        _tell(done, say)


def resume(import_id: str, say: Callable[[str], None]) -> None:
    """Goes on with an import that was paused, failed or killed."""
    from rapport.transfers.imports.services import running
    from rapport.transfers.models import Import

    run = Import.objects.get(pk=import_id)
    step = "" if run.state == Import.State.RUNNING else "resume"
    _go(run, step, running.work, say)
    _tell(Import.objects.get(pk=run.pk), say)


def _go(run: Any, what: str, work: Callable[..., None], say: Callable[[str], None]) -> None:
    from rapport.transfers.imports import readers
    from rapport.transfers.imports.services import leases, uploads
    from rapport.transfers.models import Import

    if what:
        asked: Callable[..., Any] = uploads.ask
        guarded(lambda: asked(actor=system(ACTOR), run=run, what=what))
    claimed = leases.claim(Import, [Import.State.RUNNING, Import.State.CHECKING], run.pk)
    layout = readers.Layout.from_json(run.layout)
    total = _rows(run, layout)
    with click.progressbar(length=total, label=run.name, file=click.get_text_stream("stderr")) as bar:  # type: ignore[operator]

        def progress(job: Any) -> None:
            reached = job.checked if what == "check" else job.position
            bar.update(max(0, reached - bar.pos))

        progress(run)
        if claimed:
            work(claimed, progress)
        else:
            _watch(run, progress)


def _watch(run: Any, progress: Callable[[Any], None]) -> None:
    """A worker was quicker and is at it; its progress is as good as ours."""
    from rapport.transfers.models import Import

    while run.state in {Import.State.RUNNING, Import.State.CHECKING}:
        time.sleep(0.2)
        run.refresh_from_db()
        progress(run)


def _rows(run: Any, layout: Any) -> int:
    from django.core.files.storage import default_storage

    from rapport.transfers.imports import readers

    try:
        with default_storage.open(run.file) as stream:
            if layout.format == "csv":  # near enough for a bar, and a tenth of the time
                return sum(block.count(b"\n") for block in iter(lambda: stream.read(1 << 20), b""))
            return readers.count(stream, layout)
    except readers.Unreadable:
        return 0


def _tell(run: Any, say: Callable[[str], None]) -> None:
    counts = run.counts or run.report.get("counts", {})
    say(json.dumps({"id": str(run.pk), "state": run.state, "rows": run.rows, "counts": counts}))
    if run.problem:
        raise click.ClickException(run.problem)


def take(path: Path, *, format: str, segment: str, query: str, columns: str) -> int:
    """Writes an export to a file; returns how many people are in it."""
    from rapport.transfers.exports import columns as all_columns
    from rapport.transfers.exports.services import exporting
    from rapport.transfers.imports.services import leases
    from rapport.transfers.models import Export

    actor = system(ACTOR)
    scope = {"kind": "segment", "query": segment} if segment else {"kind": "people", "query": query}
    chosen = [name.strip() for name in columns.split(",") if name.strip()]
    chosen = chosen or [choice.name for choice in all_columns.choices() if choice.usual]
    asked = guarded(
        lambda: exporting.ask(actor=actor, name=path.name, format=format, scope=scope, columns=chosen)
    )
    export = leases.claim(Export, [Export.State.WAITING], asked.pk)
    if export is None:
        raise click.ClickException("A worker took the export; fetch it under People, Exports.")
    with (
        path.open("wb") as out,
        click.progressbar(length=1, label=path.name, file=click.get_text_stream("stderr")) as bar,  # type: ignore[operator]
    ):

        def progress(job: Any) -> None:
            bar.length = job.rows
            bar.update(job.written - bar.pos)

        guarded(lambda: exporting.write(export, exporting.people_in(actor, scope), out, progress))
        size = out.tell()
    leases.release(export, state=Export.State.EXPIRED, size=size)
    return int(export.written)
