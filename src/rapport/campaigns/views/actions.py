"""What is done to campaigns by a button: copied, paused, resumed, stopped, left out, archived."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rapport.campaigns import queries
from rapport.campaigns.services import campaigns, copying
from rapport.campaigns.services.errors import CampaignError
from rapport.core.access import actor_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page


@require_POST
@page("campaigns.edit")
def duplicate(request: HttpRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """A draft of the same."""
    copy = copying.duplicate(actor=actor_of(request), campaign_id=campaign_id)
    note(request, _("This is the copy."))
    return redirect("campaigns:campaign", copy.pk)


@require_POST
@page("campaigns.send")
def skip(request: HttpRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """Leaves out a run that is to come."""
    run = queries.campaign_for(actor_of(request), campaign_id)
    _act(request, campaign_id, copying.skip_run, _("Left out."))
    return redirect("campaigns:campaign", run.series_id or campaign_id)


@require_POST
@page("campaigns.send")
def pause(request: HttpRequest, campaign_id: uuid.UUID) -> HttpResponse:
    return _act(request, campaign_id, campaigns.pause_campaign, _("Paused."))


@require_POST
@page("campaigns.send")
def resume(request: HttpRequest, campaign_id: uuid.UUID) -> HttpResponse:
    return _act(request, campaign_id, campaigns.resume_campaign, _("Resumed."))


@require_POST
@page("campaigns.send")
def cancel(request: HttpRequest, campaign_id: uuid.UUID) -> HttpResponse:
    try:
        taken_back = campaigns.cancel_send(actor=actor_of(request), campaign_id=campaign_id)
    except CampaignError as error:
        note(request, str(error), level="error")
    else:
        note(
            request,
            _("Cancelled. It is a draft again.")
            if taken_back
            else _("Cancelled. Nothing more will be sent."),
        )
    return redirect("campaigns:campaign", campaign_id)


@require_POST
@page("campaigns.edit")
def archive(request: HttpRequest, campaign_id: uuid.UUID) -> HttpResponse:
    undo = "undo" in request.GET
    try:
        campaigns.archive_campaign(actor=actor_of(request), campaign_id=campaign_id, undo=undo)
    except CampaignError as error:
        note(request, str(error), level="error")
        return redirect("campaigns:campaign", campaign_id)
    if undo:
        return redirect("campaigns:campaign", campaign_id)
    address = reverse("campaigns:campaign-archive", args=[campaign_id])
    note(request, _("The campaign is archived."), undo_url=f"{address}?undo=1")
    return redirect("campaigns:campaigns")


def _act(request: HttpRequest, campaign_id: uuid.UUID, service: Any, words: str) -> HttpResponse:
    try:
        service(actor=actor_of(request), campaign_id=campaign_id)
        note(request, words)
    except CampaignError as error:
        note(request, str(error), level="error")
    return redirect("campaigns:campaign", campaign_id)
