"""The list of imports, bringing a file, and a sample to begin with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from rapport.core.access import actor_of
from rapport.core.templatetags.ui import badge
from rapport.core.ui.lists import ChoiceFilter, Column, DateFilter, Filter, ListPage, TextFilter
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.transfers.imports import queries, readers
from rapport.transfers.imports.services import uploads
from rapport.transfers.models import Import

TONES = {
    "done": "good",
    "failed": "bad",
    "running": "live",
    "checking": "live",
    "reverting": "live",
    "paused": "warn",
}


def state_badge(run: Import) -> Any:
    return badge(run.get_state_display(), TONES.get(run.state, ""))


class ImportList(ListPage):
    """Every file that brought people, latest first."""

    name = "imports"
    title = gettext_lazy("Imports")
    default_sort = "-created"
    search_in = ("name",)
    search_hint = gettext_lazy("Search imports")
    template = "transfers/imports/list.html"
    empty_template = "transfers/imports/_empty.html"
    columns = (
        Column("name", gettext_lazy("File"), sort="name", main=True),
        Column("state", gettext_lazy("State"), value="get_state_display", cell=state_badge),
        Column("created", gettext_lazy("Uploaded"), value="created_at", sort="created_at"),
        Column("new", gettext_lazy("New"), value=lambda run: run.counts.get("created"), num=True),
        Column("updated", gettext_lazy("Updated"), value=lambda run: run.counts.get("updated"), num=True),
        Column("rejected", gettext_lazy("Skipped"), value=lambda run: run.counts.get("rejected"), num=True),
        Column("by", gettext_lazy("By"), value="actor_label", sort="actor_label"),
    )
    filters: ClassVar[Sequence[Filter]] = (
        TextFilter("name", gettext_lazy("File")),
        ChoiceFilter("state", gettext_lazy("State"), choices=Import.State.choices),
        DateFilter("created", gettext_lazy("Uploaded"), "created_at"),
    )

    def rows(self) -> QuerySet[Import]:
        return queries.imports(self.actor)

    def url(self, row: Import) -> str:
        return reverse("transfers:import", args=[row.pk])


@require_http_methods(["GET", "POST"])
@page("people.edit")
def imports(request: HttpRequest) -> HttpResponseBase:
    return ImportList(request).respond()


@require_http_methods(["GET", "POST"])
@page("people.edit")
def new_import(request: HttpRequest) -> HttpResponse:
    """Takes the file; what its columns mean is asked next."""
    problem = ""
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            if not isinstance(file, UploadedFile) or file.file is None:
                raise readers.Unreadable(_("Choose a file first."))
            imports = uploads.upload(
                actor=actor_of(request), stream=file.file, name=file.name or "upload.csv"
            )
        except readers.Unreadable as error:
            problem = str(error)
        else:
            if len(imports) > 1:
                words = ngettext(
                    "%(n)d file is ready to be mapped.", "%(n)d files are ready to be mapped.", len(imports)
                )
                note(request, words % {"n": len(imports)})
                return redirect("transfers:imports")
            return redirect("transfers:import_columns", imports[0].pk)
    context = {"problem": problem, "endings": ",".join((*uploads.ENDINGS, ".zip"))}
    return render(request, "transfers/imports/new.html", context, status=422 if problem else 200)


SAMPLE = """email,customer_id,first_name,last_name,phone,city,country,company,tags,created_at,\
consent.newsletter.email.state,consent.newsletter.email.at,consent.newsletter.email.wording
ada@example.com,C-1001,Ada,Lovelace,+44 20 7946 0001,London,GB,Analytical Engines,vip; early,2024-03-01,\
granted,2024-03-01T09:30:00Z,"Yes, send me the newsletter."
grace@example.com,C-1002,Grace,Hopper,+1 202-555-0143,New York,US,,navy,2024-05-17,,,
"""


@page("people.edit")
def sample(_request: HttpRequest) -> HttpResponse:
    answer = HttpResponse("\ufeff" + SAMPLE, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="people-sample.csv"'
    return answer
