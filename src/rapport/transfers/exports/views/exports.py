"""Exports: choosing columns and format, how far it is, and fetching the file."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rapport.core.access import actor_of
from rapport.core.templatetags.ui import badge
from rapport.core.ui.lists import ChoiceFilter, Column, DateFilter, Filter, ListPage
from rapport.core.ui.streaming import streamed
from rapport.core.views.pages import page
from rapport.transfers.exports import columns as all_columns
from rapport.transfers.exports import queries, writers
from rapport.transfers.exports.services import exporting
from rapport.transfers.models import Export

TONES = {"done": "good", "failed": "bad", "running": "live", "waiting": "live"}


def state_badge(export: Export) -> Any:
    return badge(export.get_state_display(), TONES.get(export.state, ""))


class ExportList(ListPage):
    """Ordered files, latest first."""

    name = "exports"
    title = gettext_lazy("Exports")
    default_sort = "-created"
    search_in = ("name",)
    template = "transfers/exports/list.html"
    empty_template = "transfers/exports/_empty.html"
    columns = (
        Column("name", gettext_lazy("Name"), sort="name", main=True),
        Column("format", gettext_lazy("Format"), value="get_format_display"),
        Column("state", gettext_lazy("State"), value="get_state_display", cell=state_badge),
        Column("rows", gettext_lazy("People"), value="rows", num=True),
        Column("created", gettext_lazy("Asked for"), value="created_at", sort="created_at"),
        Column("by", gettext_lazy("By"), value="actor_label", sort="actor_label"),
    )
    filters: ClassVar[Sequence[Filter]] = (
        ChoiceFilter("state", gettext_lazy("State"), choices=Export.State.choices),
        DateFilter("created", gettext_lazy("Asked for"), "created_at"),
    )

    def rows(self) -> QuerySet[Export]:
        return queries.exports(self.actor)

    def url(self, row: Export) -> str:
        return reverse("transfers:export", args=[row.pk])


@require_http_methods(["GET", "POST"])
@page("people.export")
def exports(request: HttpRequest) -> HttpResponseBase:
    return ExportList(request).respond()


@require_http_methods(["GET", "POST"])
@page("people.export")
def new_export(request: HttpRequest) -> HttpResponse:
    """`kind` and `query` in the address say whom; the form says what of them."""
    given = request.POST if request.method == "POST" else request.GET
    scope = {"kind": given.get("kind", "people"), "query": given.get("query", "")[:4000]}
    problem = ""
    actor = actor_of(request)
    try:
        count = exporting.people_in(actor, scope).count()
        if request.method == "POST":
            export = exporting.order(
                actor=actor,
                name=given.get("name", "").strip() or "people",
                format=given.get("format", "csv"),
                scope=scope,
                columns=request.POST.getlist("column"),
            )
            return redirect("transfers:export", export.pk)
    except ValueError as error:
        problem, count = str(error), 0
    context = {
        "scope": scope, "count": count, "problem": problem, "formats": Export.Format.choices,
        "choices": all_columns.choices(scope["kind"]), "name": given.get("name", "people"),
    }  # fmt: skip
    return render(request, "transfers/exports/new.html", context, status=422 if problem else 200)


@require_GET
@page("people.export")
def export(request: HttpRequest, export_id: uuid.UUID) -> HttpResponse:
    return render(request, "transfers/exports/export.html", _context(request, export_id))


@require_GET
@page("people.export")
def progress(request: HttpRequest, export_id: uuid.UUID) -> HttpResponse:
    context = _context(request, export_id)
    if not context["busy"]:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "transfers/exports/_progress.html", context)


def _context(request: HttpRequest, export_id: uuid.UUID) -> dict[str, Any]:
    actor = actor_of(request)
    export = queries.export_for(actor, export_id)
    token = exporting.link(export, actor=actor) if export.state == Export.State.DONE else ""
    labels = {choice.name: choice.label for choice in all_columns.choices(export.scope.get("kind", ""))}
    return {
        "export": export,
        "columns": [labels.get(name, name) for name in export.columns],
        "busy": export.state in {"waiting", "running"},
        "download": reverse("transfers:export_download", args=[token]) if token else "",
        "poll": reverse("transfers:export_progress", args=[export.pk]),
    }


@require_POST
@page("people.export")
def cancel(request: HttpRequest, export_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)
    exporting.cancel(actor=actor, export=queries.export_for(actor, export_id))
    return redirect("transfers:export", export_id)


@require_GET
def download(request: HttpRequest, token: str) -> StreamingHttpResponse:
    """The file of a signed link, for a quarter of an hour: a user's for that user, a key's for who has it."""
    export = exporting.opened(token, reader=getattr(request, "actor", None))
    answer = StreamingHttpResponse(
        streamed(_blocks(export.file)), content_type=writers.CONTENT_TYPES[export.format]
    )
    name = "".join(mark if mark.isalnum() or mark in "-_ " else "_" for mark in export.name) or "people"
    ending = writers.ENDINGS[export.format]
    answer.headers["Content-Disposition"] = (
        f'attachment; filename="{name.encode("ascii", "replace").decode()}.{ending}"'
    )
    answer.headers["Content-Length"] = str(export.size)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _blocks(name: str) -> Iterator[bytes]:
    with default_storage.open(name) as stream:
        while block := stream.read(256 * 1024):
            yield block
