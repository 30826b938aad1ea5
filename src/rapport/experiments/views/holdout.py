"""Settings: the share of everybody who get no marketing."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.ui import formats
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.core.views.settings import settings_page
from rapport.experiments.forms import HoldoutForm
from rapport.experiments.services import holdouts
from rapport.experiments.services.holdout_effect import effect
from rapport.experiments.statistics.sequential import SMALLEST_ARM, Interval


@require_http_methods(["GET", "HEAD", "POST"])
@page("settings.view")
def holdout(request: HttpRequest) -> HttpResponseBase:
    actor = actor_of(request)
    row = holdouts.settings_now()
    form = HoldoutForm(request.POST or None, initial={"percent": row.share / 100})
    if request.method == "POST":
        actor.require("experiments.edit")
        if form.is_valid():
            try:
                holdouts.set_share(actor=actor, **form.cleaned_data)
            except ValidationError as error:
                form.add_error(None, error)
            else:
                note(request, _("Saved."))
                return redirect("experiments:holdout")
    context = {"form": form, "row": row, "may_edit": actor.may("experiments.edit"), **_effect(request)}
    return settings_page(request, "experiments/holdout.html", context, 422 if form.errors else 200)


def _effect(request: HttpRequest) -> dict[str, Any]:
    """Both sides, and what marketing adds, with intervals."""
    measured = effect(clock_of(request).now())
    if measured is None:
        return {}
    sides = [
        (_("Gets marketing"), measured.treated, measured.orders_treated),
        (_("Holdout"), measured.holdout, measured.orders_holdout),
    ]
    lines = [(_("Buyers"), measured.buyers), (_("Orders"), measured.orders)]
    return {
        "sides": [
            (name, buyers.persons, formats.percent(buyers.mean, 2), round(orders.mean, 4))
            for name, buyers, orders in sides
        ],
        "lifts": [(name, _words(line.share), _number(line.altogether)) for name, line in lines],
        "is_too_early": measured.buyers.share.low is None,
        "smallest": SMALLEST_ARM,
    }


def _words(interval: Interval) -> str:
    """“+12 % (+3 % … +22 %)”; nothing while it is too early to say."""
    if interval.low is None or interval.high is None:
        return ""
    ends = [
        f"{'+' * (end > 0)}{formats.percent(end, 1)}"
        for end in (interval.estimate, interval.low, interval.high)
    ]
    return f"{ends[0]} ({ends[1]} … {ends[2]})"


def _number(interval: Interval) -> str:
    if interval.low is None or interval.high is None:
        return ""
    ends = [formats.number(round(end)) for end in (interval.estimate, interval.low, interval.high)]
    return f"{ends[0]} ({ends[1]} … {ends[2]})"
