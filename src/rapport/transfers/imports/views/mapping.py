"""What the columns mean: a choice per column, beside what stands in it and what it would become."""

from __future__ import annotations

import uuid
from itertools import groupby
from typing import Any

from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from rapport.core.access import actor_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.transfers.imports import mapping as mappings
from rapport.transfers.imports import queries, readers, suggest, systems, values, words
from rapport.transfers.imports.services import checking, steps, uploads
from rapport.transfers.models import Import

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1", "cp1250", "cp1251", "shift_jis")
# So many rows are looked at for examples.
SHOWN_ROWS = 200
# What a column is kept as, and how its dates and numbers may be written.
TYPES = {
    "text": gettext_lazy("Text"),
    "number": gettext_lazy("Number"),
    "boolean": gettext_lazy("Yes or no"),
    "date": gettext_lazy("Date"),
    "list": gettext_lazy("List"),
    "phone": gettext_lazy("Phone number"),
    "json": gettext_lazy("Structured (JSON)"),
    "year": gettext_lazy("Year of a date"),
    "month": gettext_lazy("Month of a date"),
    "day": gettext_lazy("Day of a date"),
}
NOTATIONS = (
    ("date", "auto", gettext_lazy("Only unmistakable dates")),
    ("date", "dmy", gettext_lazy("03/04 is 3 April")),
    ("date", "mdy", gettext_lazy("03/04 is March 4")),
    ("date", "excel", gettext_lazy("Days since 1900, as Excel counts")),
    ("number", "auto", gettext_lazy("Only unmistakable numbers")),
    ("number", "point", gettext_lazy("1,234.56")),
    ("number", "comma", gettext_lazy("1.234,56")),
)
DELIMITERS = ((",", ","), (";", ";"), ("\t", "Tab"), ("|", "|"))


@require_http_methods(["GET", "POST"])
@page("people.edit")
def columns(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Shows and takes the mapping; with `preview` it only shows what the first rows would become."""
    actor = actor_of(request)
    run = queries.import_for(actor, run_id)
    problems: dict[int, str] = {}
    if (saved := request.GET.get("saved")) and (saved_mapping := uploads.recall(run.headers, saved)):
        run.mapping = saved_mapping.mapping
    if request.method == "POST":
        run.mapping = _posted(request, run)
        try:
            if "preview" in request.POST:
                run.mapping = mappings.checked(run.mapping, len(run.headers))
                return render(
                    request,
                    "transfers/imports/_preview.html",
                    {"preview": words.preview_rows(checking.preview(run))},
                )
            return _go_on(request, run)
        except mappings.BadMapping as error:
            problems = error.problems
            if "preview" in request.POST:
                return render(request, "transfers/imports/_preview.html", {"problem": str(error)})
        except ValueError as error:
            problems = {-1: str(error)}
    context = _context(request, run, problems)
    return render(request, "transfers/imports/columns.html", context, status=422 if problems else 200)


def _go_on(request: HttpRequest, run: Import) -> HttpResponse:
    actor = actor_of(request)
    name = request.POST.get("save_as", "")
    saved = uploads.set_mapping(actor=actor, run=run, mapping=run.mapping, name=name)
    steps.take(actor=actor, run=saved, step="check")
    return redirect("transfers:import", run.pk)


def _posted(request: HttpRequest, run: Import) -> dict[str, Any]:
    given = request.POST
    chosen = [
        mappings.column_of(
            given.get(f"to-{n}", "ignore"),
            given.get(f"key-{n}", ""),
            given.get(f"type-{n}", "text"),
            given.get(f"notation-{n}", ""),
        )
        for n in range(len(run.headers))
    ]
    rules = {name: given.get(name, "") for name in ("region", "policy", "ambiguous", "unnamed")}
    evidence = {name: given.get(f"evidence-{name}", "") for name in mappings.EVIDENCE}
    return {"columns": chosen, "fixed": run.mapping.get("fixed", []), "evidence": evidence, **rules}


def _context(request: HttpRequest, run: Import, problems: dict[int, str]) -> dict[str, Any]:
    layout = readers.Layout.from_json(run.layout)
    with default_storage.open(run.file) as stream:
        _headers, samples = uploads.sample(stream, layout, SHOWN_ROWS)
        has_lines = layout.format in {"csv", "xlsx"}
        lines = readers.beginning(stream, layout) if has_lines else []
    groups = [
        (group, list(targets))
        for group, targets in groupby(mappings.targets(), key=lambda target: target.group)
    ]
    rows = [
        {
            "number": index,
            "header": values.shown(header),
            "chosen": mappings.chosen(column),
            "key": column.get("key", ""),
            "type": column.get("type", "text"),
            "samples": [values.shown(cells[index]) for cells in samples if cells[index] not in ("", None)][
                :3
            ],
            "notation": column.get("notation", "auto"),
            "problem": problems.get(index, ""),
            "unusable": _unusable(run, column, [cells[index] for cells in samples]),
        }
        for index, (header, column) in enumerate(zip(run.headers, run.mapping["columns"], strict=True))
    ]
    system = systems.named(run.system)
    return {
        "run": run, "rows": rows, "groups": groups, "types": TYPES.items(), "notations": NOTATIONS,
        "problem": problems.get(-1, ""),
        "policies": mappings.POLICIES.items(), "ambiguous": mappings.AMBIGUOUS.items(),
        "unnamed": mappings.UNNAMED.items(), "evidence": run.mapping.get("evidence") or {}, "system": system,
        "fixed": words.fixed(run.mapping.get("fixed", [])),
        "earlier": uploads.earlier(run), "encodings": ENCODINGS, "delimiters": DELIMITERS, "file_layout": layout,
        "saved": queries.saved_mappings(actor_of(request), mappings.headers_key(run.headers)),
        "remembered": bool(layout.header and uploads.recall(run.headers)),
        "lines": [(number, " · ".join(filter(None, cells))[:80]) for number, cells in enumerate(lines, 1)],
        "has_consents": any(str(row["chosen"]).startswith("consent:") for row in rows),
    }  # fmt: skip


def _unusable(run: Import, column: dict[str, Any], cells: list[Any]) -> str:
    """How many of the first cells identify nobody, in words."""
    bad, number = suggest.unusable(column, cells, run.mapping.get("region", "GB"))
    if not bad:
        return ""
    return _("%(bad)d of the first %(n)d are not usable and will be left out.") % {"bad": bad, "n": number}


@require_POST
@page("people.edit")
def layout(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Reads the file in another way."""
    actor = actor_of(request)
    run = queries.import_for(actor, run_id)
    wanted = {name: request.POST.get(name, "") for name in ("encoding", "delimiter", "sheet", "header")}
    try:
        uploads.set_layout(actor=actor, run=run, **wanted)
    except (readers.Unreadable, mappings.BadMapping) as error:
        note(request, _("Nothing was changed: %(why)s") % {"why": error}, level="error")
    return redirect("transfers:import_columns", run.pk)
