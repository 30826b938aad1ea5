"""`rapport import` and `rapport export`: the same services as the pages, worked through here with a bar."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rapport.config.cli_tools import note
from rapport.config.commands import ACTOR, guarded
from rapport.core.access import system
from rapport.core.clock import SYSTEM, Clock

if TYPE_CHECKING:
    from rapport.core.models import Job
    from rapport.transfers.models import Import


PAUSE = 0.3
ENDED_WELL = {"checked", "done"}
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Waiting:
    """How the end of a job is waited for."""

    clock: Clock = SYSTEM
    pause: Callable[[float], None] = time.sleep


WAITING = Waiting()


def bring_or_resume(path: Path | None, resumed: str, *, errors: Path | None, **how: Any) -> None:
    """Imports a file, or goes on with an import; ends with what is true of it."""
    if resumed:
        runs = [resume(resumed)]
    elif path:
        runs = bring(path, **{name: value for name, value in how.items() if name != "say"})
    else:
        raise click.ClickException("Name the file to import.")
    for run in runs:
        _tell(run, how["say"], errors)


def bring(
    path: Path, *, mapping: Path | None, rules: dict[str, str], check: bool, waiting: Waiting = WAITING
) -> list[Import]:
    """Imports one file, or only checks it; returns its imports (a zip has several) when they have ended."""
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
    return [_work(run, "check" if check else "start", waiting) for run in runs]


def resume(import_id: str, waiting: Waiting = WAITING) -> Import:
    """Goes on with an import that was paused, failed or killed."""
    from rapport.transfers.models import Import

    run = Import.objects.select_related("job").get(pk=import_id)
    return _work(run, "" if run.job and run.job.is_live else "resume", waiting)


def _work(run: Import, step: str, waiting: Waiting) -> Import:
    """Takes a step with an import and works on it here, or waits for the worker that does."""
    from rapport.transfers.imports.services import steps

    if step:
        run = guarded(lambda: steps.take(actor=system(ACTOR), run=run, step=step))
    _run(run.job, run.name, _rows(run), waiting)
    run.refresh_from_db()
    return run


def _tell(run: Import, say: Say, errors: Path | None) -> None:
    """What became of it, as JSON, and what to do about rows that were left out. Raises ClickException if it failed."""
    checked = run.state == "checked"
    counts = run.report.get("counts", {}) if checked else run.counts
    answer: dict[str, Any] = {"id": str(run.pk), "file": run.name, "state": run.state}
    answer |= {"rows": run.rows, "would" if checked else "counts": counts}
    if checked:
        answer["samples"] = run.report.get("samples", {})
    say(json.dumps(answer))
    if run.state not in ENDED_WELL:
        words = run.problem or f"The import is {run.get_state_display().lower()}."
        raise click.ClickException(f"{words} Go on with `rapport import --resume {run.pk}`.")
    note(f"{run.name}: {_in_words(counts, checked)}")
    if errors and not checked:
        from rapport.transfers.imports.services.errors import lines

        errors.write_bytes(b"".join(lines(run)))
        note(f"rows that were left out are in {errors}")


def _in_words(counts: dict[str, Any], checked: bool) -> str:
    words = [
        f"{counts[name]} {name}"
        for name in ("created", "updated", "unchanged", "skipped", "rejected")
        if counts.get(name)
    ]
    reasons = [f"{number} {code}" for code, number in counts.get("reasons", {}).items()]
    text = ("would be " if checked else "") + (", ".join(words) or "no rows")
    return f"{text} ({', '.join(reasons)})" if reasons else text


def _run(job: Job | None, label: str, total: int, waiting: Waiting) -> None:
    """Runs a job in this process with a bar, or shows how far the worker is that has it; until it has ended.

    A try that failed is followed by others, here or there, as long as the job lives.
    """
    from rapport.core import jobs

    with click.progressbar(length=total, label=label, file=sys.stderr) as bar:

        def progress(row: Any) -> None:
            bar.length = row.total or bar.length
            bar.update(max(0, row.done - bar.pos))

        while job is not None:
            jobs.run_now(job, waiting.clock, progress)
            progress(job)
            if not job.is_live:
                return
            waiting.pause(PAUSE)


def _rows(run: Import) -> int:
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
    _run(export.job, path.name, 1, WAITING)
    export = Export.objects.select_related("job").get(pk=export.pk)
    if export.state != Export.State.DONE:
        raise click.ClickException(export.problem or "The export is not finished; see Exports under People.")
    with path.open("wb") as out, default_storage.open(export.file) as stored:
        shutil.copyfileobj(stored, out)
    exporting.expire(export)
    return export.rows
