"""The pages of feeds of files: made, mapped, files and what became of them."""

from __future__ import annotations

import csv
import json
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from rapport.core.access import actor_of
from rapport.core.ui.lists.columns import csv_value
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.events.queries import masking
from rapport.people.queries import sees_everybody
from rapport.transfers.feeds.forms import FileFeedForm, MappingForm, UploadForm
from rapport.transfers.feeds.queries import files as queries
from rapport.transfers.feeds.services import files as services
from rapport.transfers.imports.readers import Unreadable

BEGIN = {"event": "'Order Completed'", "email": "email"}


@require_http_methods(["GET", "POST"])
@page("data.edit")
def new_feed(request: HttpRequest) -> HttpResponse:
    form = FileFeedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            feed = services.create_feed(actor=actor_of(request), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            note(request, _("Ready for the first file. It waits until its columns are mapped."))
            return redirect("transfers:files", feed.source_id)
    return render(
        request, "transfers/feeds/files_new.html", {"form": form}, status=422 if form.errors else 200
    )


@require_http_methods(["GET", "POST"])
@page("data.view")
def files(request: HttpRequest, source_id: int) -> HttpResponse:
    """One feed: its schedule, its files with their progress, and a place to give it one."""
    actor = actor_of(request)
    feed = queries.feed_of_source(actor, source_id)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["file"]
        try:
            run = services.upload(actor=actor, feed_id=feed.pk, stream=given, name=given.name)
        except Unreadable as error:
            form.add_error("file", str(error))
        else:
            text = (
                _("The file waits to be read.") if run else _("This file was uploaded before; nothing to do.")
            )
            note(request, text)
            return redirect("transfers:files", source_id)
    context = {
        "feed": feed,
        "source": feed.source,
        "state": queries.states([source_id])[source_id],
        "runs": feed.runs.select_related("job").order_by("-pk")[:50],
        "form": form,
        "inbox": services.inbox() / feed.address,
        "may_edit": actor.may("data.edit"),
        "may_see": sees_everybody(actor),
    }
    return render(request, "transfers/feeds/files.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@page("data.edit")
@exclusive()
def mapping(request: HttpRequest, source_id: int) -> HttpResponse:
    """The same editor as for webhooks; the sample is the newest file's first record."""
    actor = actor_of(request)
    feed = queries.feed_of_source(actor, source_id)
    sample = (services.sample_of(feed) if sees_everybody(actor) else "") or feed.sample
    initial: dict[str, Any] = MappingForm.initial_of(feed.mapping or BEGIN, sample)
    form = MappingForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_mapping(
                actor=actor, feed_id=feed.pk, mapping=form.mapping(), sample=form.cleaned_data["sample"]
            )
        except ValidationError as error:
            form.add_troubles(error)
        else:
            note(request, _("Published. Waiting files are being read."))
            return redirect("transfers:files", source_id)
    context = {
        "form": form,
        "source": feed.source,
        "preview_url": reverse("transfers:trial"),
        "back_url": reverse("transfers:files", args=[source_id]),
    }
    return render(request, "transfers/feeds/mapping.html", context, status=422 if form.errors else 200)


@require_GET
@page("people.view")
def errors(request: HttpRequest, source_id: int, run_id: int) -> HttpResponse:
    """The rows that made no event, with number and reason, as CSV."""
    actor = actor_of(request)
    run = queries.run_for(actor, queries.feed_of_source(actor, source_id), run_id)
    services.errors_for(actor=actor, run=run)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="errors-{run.pk}.csv"'
    writer = csv.writer(response)
    writer.writerow(["row", "reason", "cells"])
    for error in queries.row_errors(actor, run).iterator():
        cells = error.cells if actor.may(masking.PERMISSION) else masking.blanked(error.cells)
        writer.writerow(
            [error.row, csv_value(error.reason), csv_value(json.dumps(cells, ensure_ascii=False))]
        )
    return response
