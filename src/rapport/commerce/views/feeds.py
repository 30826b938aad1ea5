"""The pages of feeds of products: set up, mapped, given files, and what became of them."""

from __future__ import annotations

import csv
import json
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rapport.commerce.feeds import missing, reading, reverting, running, taking
from rapport.commerce.feeds.mapping import reasons
from rapport.commerce.forms import FeedFileForm, FeedMappingForm, ProductFeedForm
from rapport.commerce.models import FeedRun, ProductFeed
from rapport.commerce.queries import products as queries
from rapport.commerce.services import products
from rapport.core.access import actor_of
from rapport.core.ui.lists.columns import csv_value
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.transfers.imports.readers import Unreadable

SHOWN = 10


@page("products.view")
def feed_list(request: HttpRequest) -> HttpResponse:
    """All feeds with the newest file of each."""
    actor = actor_of(request)
    newest = FeedRun.objects.order_by("feed", "-number").distinct("feed")
    runs = {run.feed_id: run for run in newest}
    feeds = [(feed, runs.get(feed.pk)) for feed in queries.feeds(actor)]
    return render(request, "commerce/feeds.html", {"feeds": feeds, "may_edit": actor.may("products.edit")})


@require_http_methods(["GET", "POST"])
@page("products.edit")
def new_feed(request: HttpRequest) -> HttpResponse:
    form = ProductFeedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            feed = taking.create_feed(actor=actor_of(request), shop=products.catalogue(), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            note(request, _("The feed is ready."))
            return redirect("commerce:feed", feed.pk)
    return render(request, "commerce/feed_new.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@page("products.view")
def feed(request: HttpRequest, feed_id: int) -> HttpResponse:
    """One feed: its files with what became of them, and a place to give it one."""
    actor = actor_of(request)
    row = queries.feed_for(actor, feed_id)
    form = FeedFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["file"]
        try:
            taking.upload(actor=actor, feed=row, stream=given, name=given.name)
        except Unreadable as error:
            form.add_error("file", str(error))
        else:
            note(request, _("The file waits to be read."))
            return redirect("commerce:feed", feed_id)
    runs = list(row.runs.select_related("job").order_by("-number")[:50])
    context = {
        "feed": row,
        "runs": runs,
        "asking": [run for run in runs if run.state == FeedRun.State.ASKING],
        "is_live": any(run.state in (FeedRun.State.WAITING, FeedRun.State.RUNNING) for run in runs),
        "form": form,
        "may_edit": actor.may("products.edit"),
        "revertible": reverting.revertible(row),
    }
    return render(request, "commerce/feed.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@page("products.edit")
def mapping(request: HttpRequest, feed_id: int) -> HttpResponse:
    """What the columns of the newest file mean, and what its first rows become."""
    actor = actor_of(request)
    row = queries.feed_for(actor, feed_id)
    first, columns = _newest(row)
    notation = row.mapping.get("notation", "")
    form = FeedMappingForm(request.POST or None, columns=columns, notation=notation)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["notation"]
        taking.set_mapping(actor=actor, feed=row, columns=form.columns(), notation=given)
        note(request, _("The mapping is saved. It holds from the next file on."))
        return redirect("commerce:feed", feed_id)
    context = {"feed": row, "form": form, "preview": _preview(row, first)}
    return render(request, "commerce/feed_mapping.html", context, status=422 if form.errors else 200)


def _newest(row: ProductFeed) -> tuple[list[reading.Row], dict[str, str]]:
    run = row.runs.order_by("-number").first()
    try:
        first = reading.sample(run.file, run.name) if run else []
    except (Unreadable, FileNotFoundError):
        first = []
    return first, reading.suggestion(first) | row.mapping.get("columns", {})


def _preview(row: ProductFeed, first: list[reading.Row]) -> list[dict[str, Any]]:
    run = row.runs.order_by("-number").first()
    if run is None or not first:
        return []
    try:
        mapper = running.mapper_of(run)
    except Unreadable as error:
        return [{"number": 0, "why": str(error)}]
    shown: list[dict[str, Any]] = []
    for line in first[:SHOWN]:
        try:
            shown.append({"number": line.number, "item": mapper.item(line.cells, is_new=True)})
        except ValidationError as error:
            shown.append({"number": line.number, "why": reasons(error)})
    return shown


@require_POST
@page("products.edit")
def decide(request: HttpRequest, feed_id: int, run_id: int) -> HttpResponse:
    """Somebody's word on a file that lacks more than usual."""
    actor = actor_of(request)
    run = queries.feed_for(actor, feed_id).runs.filter(pk=run_id).first()
    if run is None:
        raise Http404
    drop = request.POST.get("drop") == "yes"
    missing.decide(actor=actor, run_id=run.pk, drop=drop)
    note(request, _("Taken off.") if drop else _("They stay as they are."))
    return redirect("commerce:feed", feed_id)


@require_POST
@page("products.edit")
def revert(request: HttpRequest, feed_id: int, run_id: int) -> HttpResponse:
    """Has taken back what a file changed."""
    actor = actor_of(request)
    run = queries.feed_for(actor, feed_id).runs.filter(pk=run_id).first()
    if run is None:
        raise Http404
    try:
        reverting.revert(actor=actor, run_id=run.pk)
    except ValidationError as error:
        note(request, " ".join(error.messages))
    else:
        note(request, _("It is being taken back."))
    return redirect("commerce:feed", feed_id)


@require_GET
@page("products.view")
def errors(request: HttpRequest, feed_id: int, run_id: int) -> HttpResponse:
    """The rows that were not taken, with number and reason, as CSV."""
    run = queries.feed_for(actor_of(request), feed_id).runs.filter(pk=run_id).first()
    if run is None:
        raise Http404
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="products-errors-{run.pk}.csv"'
    writer = csv.writer(response)
    writer.writerow(["row", "reason", "cells"])
    for error in run.row_errors.order_by("row", "pk").iterator():
        cells = json.dumps(error.cells, ensure_ascii=False)
        writer.writerow([error.row, csv_value(error.reason), csv_value(cells)])
    return response
