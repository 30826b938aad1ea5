"""The buttons of a webhook endpoint."""

from __future__ import annotations

import datetime as dt
import uuid

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.integrations import queries
from rapport.integrations.forms import ReplayForm, SecretForm
from rapport.integrations.services import endpoints, replaying
from rapport.integrations.views.endpoints import endpoint_page


@require_POST
@page("webhooks.edit")
def turn(request: HttpRequest, endpoint_id: uuid.UUID) -> HttpResponseBase:
    """Disables an endpoint, or with `undo` enables it again."""
    undo = "undo" in request.POST
    do = endpoints.enable if undo else endpoints.disable
    do(actor=actor_of(request), endpoint_id=endpoint_id, clock=clock_of(request))
    note(request, _("The endpoint is told again.") if undo else _("The endpoint is told nothing any more."))
    return redirect("integrations:endpoint", endpoint_id)


@require_POST
@page("webhooks.edit")
def test(request: HttpRequest, endpoint_id: uuid.UUID) -> HttpResponseBase:
    """Sends a made-up event."""
    endpoints.send_test(actor=actor_of(request), endpoint_id=endpoint_id, clock=clock_of(request))
    note(request, _("The test is on its way; its answer stands below in a moment."))
    return redirect("integrations:endpoint", endpoint_id)


@require_POST
@page("webhooks.edit")
def rotate(request: HttpRequest, endpoint_id: uuid.UUID) -> HttpResponseBase:
    """Makes a new secret and shows it, this once."""
    actor, form = actor_of(request), SecretForm(request.POST)
    row = queries.endpoint_for(actor, endpoint_id)
    if not form.is_valid():
        return endpoint_page(request, row, secret_form=form)
    overlap = dt.timedelta(hours=form.cleaned_data["overlap_hours"])
    secret = endpoints.rotate_secret(
        actor=actor, endpoint_id=endpoint_id, overlap=overlap, clock=clock_of(request)
    )
    return endpoint_page(request, queries.endpoint_for(actor, endpoint_id), secret=secret)


@require_POST
@page("webhooks.edit")
def replay(request: HttpRequest, endpoint_id: uuid.UUID) -> HttpResponseBase:
    """Has the events of a span of time sent again."""
    actor, form = actor_of(request), ReplayForm(request.POST)
    row = queries.endpoint_for(actor, endpoint_id)
    if form.is_valid():
        try:
            span = replaying.Span(**form.cleaned_data)
            replaying.order(actor=actor, endpoint_id=endpoint_id, span=span, clock=clock_of(request))
        except ValidationError as error:
            form.add_problems(error)
        else:
            note(request, _("The events are being queued again."))
            return redirect("integrations:endpoint", endpoint_id)
    return endpoint_page(request, row, replay_form=form)


@require_POST
@page("webhooks.edit")
def delete(request: HttpRequest, endpoint_id: uuid.UUID) -> HttpResponseBase:
    """Deletes an endpoint with its history."""
    endpoints.delete(actor=actor_of(request), endpoint_id=endpoint_id, clock=clock_of(request))
    note(request, _("The endpoint was deleted."))
    return redirect("integrations:endpoints")
