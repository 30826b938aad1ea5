"""The sample that is judged before anything is merged automatically, and what it says."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rapport.core.access import Actor, actor_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.quality.matching import queries
from rapport.quality.matching.engine.precision import precision
from rapport.quality.matching.services import policy, sampling
from rapport.quality.matching.views.review import kind_of, tabs


@require_http_methods(["GET", "POST"])
@page("people.view")
def sample(request: HttpRequest) -> HttpResponseBase:
    """How often pairs of each likelihood are right, as far as they were judged; POST draws a new sample."""
    actor = actor_of(request)
    kind = kind_of(request.POST if request.method == "POST" else request.GET)
    if request.method == "POST":
        try:
            sampling.draw(actor=actor, kind=kind)
        except ValueError as error:
            note(request, str(error), level="warning")
        return redirect(_here(kind))
    return render(request, "quality/matching/sample.html", _context(actor, kind))


def _here(kind: str) -> str:
    return f"{reverse('quality:match_sample')}?kind={kind}"


def _context(actor: Actor, kind: str) -> dict[str, Any]:
    newest = queries.sample_of(kind)
    strata = queries.strata(newest) if newest else []
    shown: list[dict[str, Any]] = [
        {"stratum": stratum, "drawn": len(band["drawn"]), "from_here": precision(strata[: place + 1])}
        for place, (stratum, band) in enumerate(zip(strata, newest.bands if newest else [], strict=True))
    ]
    drawn, judged = sum(row["drawn"] for row in shown), sum(stratum.judged for stratum in strata)
    current = policy.policy_of(kind)
    return {
        "tabs": tabs(kind, "sample", {}),
        "kind": kind,
        "sample": newest,
        "bands": shown,
        "drawn": drawn,
        "judged": judged,
        "progress": round(100 * judged / drawn) if drawn else 0,
        "policy": current,
        "estimate": queries.precision_from(newest, current.auto_at),
        "threshold": round(current.auto_at * 100, 1),
        "may_edit": actor.may("people.edit"),
        "may_switch": actor.may("settings.edit"),
    }


@require_POST
@page("settings.edit")
def switch(request: HttpRequest) -> HttpResponseBase:
    """Automatic merging on, from a threshold, or off."""
    actor, kind = actor_of(request), kind_of(request.POST)
    current = policy.policy_of(kind)
    try:
        wanted = float(request.POST.get("auto_at", "")) / 100
    except ValueError:
        wanted = current.auto_at
    on = request.POST.get("merges_itself") == "1"
    try:
        policy.set_policy(
            actor=actor,
            kind=kind,
            auto_at=wanted,
            review_at=min(current.review_at, wanted),
            merges_itself=on,
            nightly=current.nightly,
            nightly_hour=current.nightly_hour,
        )
    except PermissionDenied:
        raise
    except ValueError as error:
        note(request, str(error), level="warning")
    else:
        note(
            request,
            _("Automatic merging is on from the next search.") if on else _("Automatic merging is off."),
        )
    return redirect(_here(kind))
