"""Costs of channels and campaigns: what was entered, and a place for more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from rapport.campaigns.forms.costs import CHANNELS, CostForm
from rapport.campaigns.models import Cost
from rapport.campaigns.queries.costs import costs as entered
from rapport.campaigns.services import costs as services
from rapport.core.access import actor_of
from rapport.core.queries import workspace
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page

SHOWN = 200


def _labelled(rows: Iterable[Cost]) -> list[tuple[Cost, Any]]:
    """With what people call the channel."""
    labels = dict(CHANNELS)
    return [(row, labels.get(row.channel, row.channel)) for row in rows]


@require_http_methods(["GET", "HEAD", "POST"])
@page("campaigns.view")
def costs(request: HttpRequest) -> HttpResponseBase:
    """The newest costs; a post adds some, or takes one away (`remove`)."""
    actor = actor_of(request)
    channels = entered(actor).order_by().values_list("channel", flat=True).distinct()
    form = CostForm(
        request.POST or None,
        request.FILES or None,
        initial={"currency": workspace().currency},
        channels=channels,
    )
    if request.method == "POST":
        actor.require("campaigns.edit")
        if request.POST.get("remove", "").isdecimal():
            services.remove(
                actor=actor, cost=get_object_or_404(entered(actor), pk=request.POST["remove"][:18])
            )
            note(request, _("Removed."))
            return redirect("campaigns:costs")
        if form.is_valid():
            try:
                count = services.put(actor=actor, costs=form.costs())
            except ValidationError as error:
                form.refuse(error)
            else:
                note(
                    request, ngettext("%(n)d cost is added.", "%(n)d costs are added.", count) % {"n": count}
                )
                return redirect("campaigns:costs")
    context = {
        "form": form,
        "costs": _labelled(entered(actor)[:SHOWN]),
        "may_edit": actor.may("campaigns.edit"),
    }
    return render(request, "campaigns/costs.html", context, status=422 if form.errors else 200)
