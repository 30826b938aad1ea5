"""Pages of files of orders: given, agreed on, read, taken back."""

from __future__ import annotations

import csv
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rapport.commerce.feeds import reading
from rapport.commerce.models import OrderFile
from rapport.commerce.order_file_forms import OrderFileForm, OrderMappingForm
from rapport.commerce.order_files import preview, taking
from rapport.commerce.queries import orders as queries
from rapport.core.access import actor_of
from rapport.core.ui.lists.columns import csv_value
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.transfers.imports.readers import Unreadable

State = OrderFile.State
SHOWN = 50


@require_http_methods(["GET", "POST"])
@page("orders.edit")
def order_files(request: HttpRequest) -> HttpResponse:
    """The files so far, and a place to give one."""
    actor = actor_of(request)
    form = OrderFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data.pop("file")
        try:
            run = taking.upload(actor=actor, stream=given, name=given.name, **form.cleaned_data)
        except Unreadable as error:
            form.add_error("file", str(error))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect("commerce:order-file", run.pk)
    runs = queries.order_files(actor)[:SHOWN]
    context = {"form": form, "runs": runs}
    return render(request, "commerce/order_files.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@page("orders.edit")
def order_file(request: HttpRequest, order_file_id: int) -> HttpResponse:
    """One file: what its columns mean and what its first orders become, later what became of it."""
    actor = actor_of(request)
    run = queries.order_file_for(actor, order_file_id)
    if run.state not in {State.MAPPING, State.FAILED} or not run.file:
        return render(request, "commerce/order_file.html", _told(request, run))
    form = OrderMappingForm(request.POST or None, run=run)
    if request.method == "POST" and form.is_valid():
        try:
            taking.set_mapping(actor=actor, run=run, mapping=form.columns(), **form.notations())
            if "start" in request.POST:
                taking.start(actor=actor, run=run)
                return redirect("commerce:order-file", run.pk)
        except ValidationError as error:
            form.refuse(error)
        else:
            return redirect("commerce:order-file", run.pk)
    unanswered = taking.questions(run)
    form.ask(unanswered)
    context = {
        "run": run,
        "form": form,
        "preview": preview.first_orders(actor, run),
        "is_ready": not unanswered,
    }
    return render(
        request, "commerce/order_file_mapping.html", context, status=422 if form.is_refused else 200
    )


def _told(request: HttpRequest, run: OrderFile) -> dict[str, Any]:
    is_live = run.state in {State.WAITING, State.RUNNING}
    return {
        "run": run,
        "is_live": is_live,
        "poll": reverse("commerce:order-file-progress", args=[run.pk]) if is_live else "",
        "errors": run.row_errors.order_by("row", "pk")[:20],
        "may_revert": run.state in {State.DONE, State.FAILED} and run.told.exists(),
    }


@require_GET
@page("orders.edit")
def order_file_progress(request: HttpRequest, order_file_id: int) -> HttpResponse:
    return render(
        request,
        "commerce/order_file_progress.html",
        _told(request, queries.order_file_for(actor_of(request), order_file_id)),
    )


@require_POST
@page("orders.edit")
def order_file_revert(request: HttpRequest, order_file_id: int) -> HttpResponse:
    try:
        taking.revert(actor=actor_of(request), run=queries.order_file_for(actor_of(request), order_file_id))
        note(request, _("What the file told is being taken back."))
    except ValidationError as error:
        note(request, " ".join(error.messages), level="error")
    return redirect("commerce:order-file", order_file_id)


@require_GET
@page("orders.edit")
def order_file_errors(request: HttpRequest, order_file_id: int) -> HttpResponse:
    """The rows that were not taken, as they stand in the file, with number and reason."""
    run = queries.order_file_for(actor_of(request), order_file_id)
    if not run.file:
        raise Http404
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="orders-errors-{run.pk}.csv"'
    writer = csv.writer(response)
    writer.writerow(["row", "reason", *(csv_value(header) for header in run.headers)])
    reasons = dict(run.row_errors.values_list("row", "reason"))
    with reading.rows(run.file, run.name) as rows:
        for row in rows:
            if why := reasons.get(row.number):
                cells = (csv_value(str(row.cells.get(header, "") or "")) for header in run.headers)
                writer.writerow([row.number, csv_value(why), *cells])
    return response
