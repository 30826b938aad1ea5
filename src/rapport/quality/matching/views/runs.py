"""Searches: start one, watch it, cancel it; and the settings of both kinds."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rapport.core.access import actor_of
from rapport.core.ui import formats
from rapport.core.ui.charts import Chart, Series
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.core.views.settings import settings_page
from rapport.quality.matching import queries
from rapport.quality.matching.forms import PolicyForm
from rapport.quality.matching.services import policy
from rapport.quality.matching.views import words
from rapport.quality.matching.views.review import kind_of, tabs
from rapport.quality.models import MatchKind, MatchRun
from rapport.quality.queries import run_for, runs_of

SHOWN = 50


@require_http_methods(["GET", "POST"])
@page("people.view")
def runs(request: HttpRequest) -> HttpResponseBase:
    """The searches so far; POST asks for one."""
    actor = actor_of(request)
    if request.method == "POST":
        actor.require("people.edit")
        try:
            policy.request_run(
                actor=actor, kind=kind_of(request.POST), full=request.POST.get("scope") != "changed"
            )
            note(request, _("The search has started. You can leave this page."))
        except policy.AlreadySearching as error:
            note(request, str(error), level="warning")
        return redirect("quality:match_runs")
    run_rows = list(runs_of(actor, MatchRun)[:SHOWN])
    context = {
        "tabs": tabs("", "runs", {}),
        "runs": run_rows,
        "open_runs": [_progress(run) for run in run_rows if run.is_open],
        "kinds": MatchKind.choices,
        "may_edit": actor.may("people.edit"),
    }
    return render(request, "quality/matching/runs.html", context)


def _progress(run: MatchRun) -> dict[str, Any]:
    return {
        "run": run,
        "label": f"{run.get_kind_display()}: {words.STEPS.get(run.step, run.step)}",
        "done": round(run.progress * 100),
        "url": reverse("quality:match_progress", args=[run.pk]) if run.is_open else "",
    }


@require_GET
@page("people.view")
def progress(request: HttpRequest, run_id: int) -> HttpResponse:
    """The progress bar of one search; once it has ended, the page is asked to load anew."""
    run = run_for(actor_of(request), MatchRun, run_id)
    answer = render(request, "quality/matching/_progress.html", {"open_run": _progress(run)})
    if not run.is_open:
        answer.headers["HX-Refresh"] = "true"
    return answer


@require_POST
@page("people.edit")
def cancel(request: HttpRequest, run_id: int) -> HttpResponseBase:
    actor = actor_of(request)
    try:
        policy.cancel_run(actor=actor, run=run_for(actor, MatchRun, run_id))
        note(request, _("Cancelled. Merges already made stay, and can be undone on each profile."))
    except ValueError as error:
        note(request, str(error), level="warning")
    return redirect("quality:match_runs")


@require_http_methods(["GET", "POST"])
@page("settings.view")
@exclusive()
def settings(request: HttpRequest) -> HttpResponseBase:
    """Thresholds with what they would do, and the nightly search."""
    actor = actor_of(request)
    kind = kind_of(request.POST if request.method == "POST" else request.GET)
    form = PolicyForm(request.POST or None, initial=PolicyForm.values_of(policy.policy_of(kind)))
    if request.method == "POST":
        actor.require("settings.edit")
        if form.is_valid():
            try:
                policy.set_policy(actor=actor, kind=kind, **form.policy())
            except ValueError as error:
                form.add_error("review_at", str(error))
            else:
                note(request, _("Saved. It applies from the next search."))
                return redirect(f"{reverse('quality:match_settings')}?kind={kind}")
    bars = queries.histogram(actor, kind)
    bands = queries.bands(actor, kind)
    suggested = queries.suggested_threshold(bands)
    context = {
        "form": form,
        "kind": kind,
        "kinds": MatchKind.choices,
        "chart": _chart(bars),
        "any": sum(count for _edge, count in bars),
        "bands": bands,
        "suggested": suggested,
        "policy": policy.policy_of(kind),
        "may_edit": actor.may("settings.edit"),
        "counts": [(round(edge * 100), count) for edge, count in bars],
    }
    return settings_page(request, "quality/matching/settings.html", context, 422 if form.errors else 200)


def _chart(bars: list[tuple[float, int]]) -> Chart:
    names = [f"{round(edge * 100)}–{formats.percent(edge + 0.05, 0)}" for edge, _count in bars]
    return Chart(
        "bar",
        _("Likelihood"),
        names,
        [Series(_("Open pairs"), [count for _edge, count in bars])],
        y_name=_("Pairs"),
    )
