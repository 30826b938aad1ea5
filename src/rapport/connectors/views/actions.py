"""The buttons of a connector."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from rapport.connectors import queries
from rapport.connectors.forms import RecordForm
from rapport.connectors.services import calls, reading, setup
from rapport.connectors.views.connectors import connector_page
from rapport.core import jobs
from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page


def _done(
    request: HttpRequest, connector_id: uuid.UUID, do: Callable[[], object], words: str
) -> HttpResponseBase:
    """Does it and says so; what is refused stands on the page."""
    row = queries.connector_for(actor_of(request), connector_id)
    try:
        do()
    except ValidationError as error:
        return connector_page(request, row, problem=" ".join(error.messages))
    note(request, words)
    return redirect("connectors:connector", connector_id)


@require_POST
@page("connectors.edit")
def backfill(request: HttpRequest, connector_id: uuid.UUID) -> HttpResponseBase:
    """Reads everything; with `afresh` from the beginning."""
    actor, afresh = actor_of(request), "afresh" in request.POST
    clock = clock_of(request)

    def do() -> object:
        return reading.order_backfill(actor=actor, connector_id=connector_id, afresh=afresh, clock=clock)

    return _done(request, connector_id, do, _("Everything is being read."))


@require_POST
@page("connectors.edit")
def stop(request: HttpRequest, connector_id: uuid.UUID) -> HttpResponseBase:
    """Stops the reading after its page; it can go on there."""
    row = queries.connector_for(actor_of(request), connector_id)
    if row.job and row.job.is_live:
        jobs.cancel(actor=actor_of(request), job=row.job)
    note(request, _("It stops after the page that it reads. It can go on from there."))
    return redirect("connectors:connector", connector_id)


@require_POST
@page("connectors.edit")
def look(request: HttpRequest, connector_id: uuid.UUID) -> HttpResponseBase:
    """Looks for changes now."""
    actor, clock = actor_of(request), clock_of(request)

    def do() -> object:
        return reading.order_look(actor=actor, connector_id=connector_id, clock=clock)

    return _done(request, connector_id, do, _("It is asked what has changed."))


@require_POST
@page("connectors.edit")
def record(request: HttpRequest, connector_id: uuid.UUID) -> HttpResponseBase:
    """Reads one record again."""
    actor = actor_of(request)
    row = queries.connector_for(actor, connector_id)
    form = RecordForm(request.POST, kind=queries.kind_of(row))
    if form.is_valid():
        try:
            reading.order_record(
                actor=actor, connector_id=row.pk, clock=clock_of(request), **form.cleaned_data
            )
        except ValidationError as error:
            form.add_problems(error)
        else:
            note(request, _("The record is being read again."))
            return redirect("connectors:connector", connector_id)
    return connector_page(request, row, record_form=form)


@require_POST
@page("connectors.edit")
def subscribe(request: HttpRequest, connector_id: uuid.UUID) -> HttpResponseBase:
    """Has the system call us."""
    actor, clock = actor_of(request), clock_of(request)

    def do() -> object:
        return setup.subscribe(actor=actor, connector_id=connector_id, clock=clock)

    return _done(request, connector_id, do, _("It calls us from now on whenever something changes."))


@require_POST
@page("connectors.edit")
def retry_calls(request: HttpRequest, connector_id: uuid.UUID) -> HttpResponseBase:
    """Reads the calls again that could not be read."""
    count = calls.retry(actor=actor_of(request), connector_id=connector_id, clock=clock_of(request))
    words = ngettext("%(count)d call is read again.", "%(count)d calls are read again.", count)
    note(request, words % {"count": count})
    return redirect("connectors:connector", connector_id)


@require_POST
@page("connectors.edit")
def turn(request: HttpRequest, connector_id: uuid.UUID) -> HttpResponseBase:
    """Switches it off, or with `undo` on again."""
    on = "undo" in request.POST
    setup.turn(actor=actor_of(request), connector_id=connector_id, on=on, clock=clock_of(request))
    note(request, _("It is on again.") if on else _("It is off: nothing is asked and no call is taken."))
    return redirect("connectors:connector", connector_id)


@require_POST
@page("connectors.edit")
def disconnect(request: HttpRequest, connector_id: uuid.UUID) -> HttpResponseBase:
    """Forgets the keys; what it told stays."""
    setup.disconnect(actor=actor_of(request), connector_id=connector_id, clock=clock_of(request))
    note(request, _("Disconnected. What it told stays."))
    return redirect("connectors:connectors")
