"""`rapport import` and `rapport export`: the same services as the pages, worked through here with a bar."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from rapport.config.commands import ACTOR, guarded
from rapport.core.access import system
from rapport.core.clock import SYSTEM


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
    from rapport.transfers.imports import mapping as mappings
    from rapport.transfers.imports.services import uploads

    actor = system(ACTOR)
    with path.open("rb") as stream:
        runs = guarded(lambda: uploads.upload(actor=actor, stream=stream, name=path.name))
    for run in runs:
        given = json.loads(mapping.read_text()) if mapping else run.mapping
        chosen = given | {name: value for name, value in rules.items() if value}
        chosen = mappings.answered(chosen, rules.get("dates") or "")
        guarded(lambda run=run, chosen=chosen: uploads.set_mapping(actor=actor, run=run, mapping=chosen))  # type: ignore[misc]
        _work(run, "check" if check else "start", say)


def resume(import_id: str, say: Callable[[str], None]) -> None:
    """Goes on with an import that was paused, failed or killed."""
    from rapport.transfers.models import Import

    run = Import.objects.select_related("job").get(pk=import_id)
    _work(run, "" if run.job and run.job.is_live else "resume", say)


def _work(run: Any, step: str, say: Callable[[str], None]) -> None:
    """Takes a step with an import, works on it here, and prints what became of it."""
    from rapport.transfers.imports.services import steps

    if step:
        run = guarded(lambda: steps.take(actor=system(ACTOR), run=run, step=step))
    _run(run.job, run.name, _rows(run))
    run.refresh_from_db()
    counts = run.counts or run.report.get("counts", {})
    say(json.dumps({"id": str(run.pk), "state": run.state, "rows": run.rows, "counts": counts}))
    if run.problem:
        raise click.ClickException(run.problem)


def _run(job: Any, label: str, total: int) -> None:
    """Runs a job in this process with a bar; while a worker has it, shows how far that is."""
    from rapport.core import jobs

    with click.progressbar(length=total, label=label, file=click.get_text_stream("stderr")) as bar:  # type: ignore[operator]

        def progress(row: Any) -> None:
            bar.length = row.total or bar.length
            bar.update(max(0, row.done - bar.pos))

        while not jobs.run_now(job, SYSTEM, progress) and job.is_live:
            progress(job)
            time.sleep(0.2)


def _rows(run: Any) -> int:
    from django.core.files.storage import default_storage

    from rapport.transfers.imports import readers

    layout = readers.Layout.from_json(run.layout)
    try:
        with default_storage.open(run.file) as stream:
            if layout.format == "csv":  # near enough for a bar, and a tenth of the time
                return sum(block.count(b"\n") for block in iter(lambda: stream.read(1 << 20), b""))
            return readers.count(stream, layout)
    except readers.Unreadable:
        return 0


def take(path: Path, *, format: str, segment: str, query: str, columns: str) -> int:
    """Writes an export to a file; returns how many people are in it."""
    from django.core.files.storage import default_storage

    from rapport.transfers.exports import columns as all_columns
    from rapport.transfers.exports.services import exporting
    from rapport.transfers.models import Export

    scope = {"kind": "segment", "query": segment} if segment else {"kind": "people", "query": query}
    chosen = [name.strip() for name in columns.split(",") if name.strip()]
    chosen = chosen or all_columns.usual(scope["kind"])
    export: Export = guarded(
        lambda: exporting.order(
            actor=system(ACTOR), name=path.name, format=format, scope=scope, columns=chosen
        )
    )
    _run(export.job, path.name, 1)
    export = Export.objects.select_related("job").get(pk=export.pk)
    if export.state != Export.State.DONE:
        raise click.ClickException(export.problem or "The export is not finished; see Exports under People.")
    with path.open("wb") as out, default_storage.open(export.file) as stored:
        shutil.copyfileobj(stored, out)
    exporting.expire(export)
    return export.rows
