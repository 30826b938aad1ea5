"""One import: what it would do, how far it is, what it did, and taking it back."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from rapport.core.access import actor_of
from rapport.core.ui.streaming import streamed
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.transfers.imports import queries, reasons, words
from rapport.transfers.imports.services import errors as error_file
from rapport.transfers.imports.services import steps, uploads
from rapport.transfers.models import Import

BUSY = {"checking", "running", "reverting"}
LABELS = {
    "created": _("New people"),
    "updated": _("Updated"),
    "unchanged": _("Unchanged"),
    "skipped": _("Excluded"),
    "rejected": _("Skipped"),
}


@require_GET
@page("people.edit")
def show(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    run = queries.import_for(actor_of(request), run_id)
    if run.state == "mapping":
        return redirect("transfers:import_columns", run.pk)
    return render(request, "transfers/imports/run.html", _context(run))


@require_GET
@page("people.edit")
def progress(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """The part of the page that renews itself; the whole page comes anew when the work is over."""
    run = queries.import_for(actor_of(request), run_id)
    if run.state not in BUSY:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "transfers/imports/_progress.html", _context(run))


def _context(run: Import) -> dict[str, Any]:
    report = run.report.get("counts", {})
    counts = run.counts or report
    traits = sorted(counts.get("traits", {}).items(), key=lambda pair: -pair[1])
    label, _text = words.namer()
    return {
        "run": run, "busy": run.state in BUSY, "counts": counts, "foretold": not run.counts,
        "figures": [(name, str(label), counts.get(name, 0)) for name, label in LABELS.items()],
        # Rows that change nothing now count: their people may change before it runs.
        "usable": sum(counts.get(name, 0) for name in ("created", "updated", "unchanged")),
        "left_out": words.left_out(run), "excluded": ", ".join(_range(*rows) for rows in run.excluded),
        "traits": [(label(name), number) for name, number in traits],
        "reasons": [(str(reasons.ROWS.get(code, code)), number) for code, number in counts.get("reasons", {}).items()],
        "more": [(words.more(name), number) for name, number in counts.get("more", {}).items()],
        "samples": [(name, str(label), rows) for name, label in LABELS.items() if (rows := report_rows(run, name))],
        "revert": run.report.get("revert"),
        "steps": [name for name, states in steps.STEPS.items() if run.state in states and not run.stopping],
        "poll": reverse("transfers:import_progress", args=[run.pk]), "earlier": uploads.earlier(run),
        "nothing": run.state == "done" and not counts.get("created") and not counts.get("updated"),
        "errors": _errors(run.counts),
    }  # fmt: skip


def _range(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"


def _errors(counts: dict[str, Any]) -> int:
    """Whether there is an error file: about rows that did not come in, or not with all their values."""
    cells = sum(sum(codes.values()) for column, codes in counts.get("cells", {}).items() if column)
    return int(counts.get("rejected", 0)) + cells


def report_rows(run: Import, outcome: str) -> list[dict[str, Any]]:
    return words.sample_rows(run.report.get("samples", {}).get(outcome, []))


@require_POST
@page("people.edit")
def step(request: HttpRequest, run_id: uuid.UUID, step: str) -> HttpResponse:
    """check, start, pause, resume, cancel, revert."""
    run = queries.import_for(actor_of(request), run_id)
    if step not in steps.STEPS:
        raise Http404
    try:
        steps.take(actor=actor_of(request), run=run, step=step)
    except ValueError as error:
        note(request, str(error), level="error")
    return redirect("transfers:import", run.pk)


@require_POST
@page("people.edit")
def exclude(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Leaves rows out, and checks the file again without them."""
    actor = actor_of(request)
    run = queries.import_for(actor, run_id)
    try:
        run = uploads.exclude(actor=actor, run=run, rows=_rows_asked_for(request))
        steps.take(actor=actor, run=run, step="check")
    except ValueError as error:
        note(request, str(error), level="error")
    return redirect("transfers:import", run.pk)


def _rows_asked_for(request: HttpRequest) -> str:
    """What was typed, and the rows that were ticked."""
    return ", ".join([request.POST.get("rows", ""), *request.POST.getlist("row")])


@require_GET
@page("people.edit")
def errors(request: HttpRequest, run_id: uuid.UUID) -> StreamingHttpResponse:
    """The rows that did not come in, with reasons, to be mended and imported again."""
    actor = actor_of(request)
    lines = error_file.taken(actor=actor, run=queries.import_for(actor, run_id))
    answer = StreamingHttpResponse(streamed(lines), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="import-errors.csv"'
    return answer
