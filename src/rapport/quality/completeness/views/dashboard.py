"""Data quality: the dashboard, whom a measure found wanting, and what counts."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rapport.core.access import actor_of
from rapport.core.forms.errors import add_service_errors
from rapport.core.ui.lists import Column, ListPage, TextFilter
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.people.queries import people
from rapport.people.values.formatting import default_label
from rapport.quality.cleansing.repairs import REPAIRS
from rapport.quality.completeness import queries
from rapport.quality.completeness.forms import PolicyForm
from rapport.quality.completeness.measures import DUPLICATES
from rapport.quality.completeness.services import measuring
from rapport.quality.completeness.views import charts
from rapport.quality.models import QualityFinding


@require_GET
@page("insights.view")
def quality(request: HttpRequest) -> HttpResponse:
    """The score, its dimensions over time, what is worst, and every measure."""
    actor = actor_of(request)
    board = queries.dashboard(actor)
    context = {
        "board": board,
        "chart": charts.over_time(board),
        "worst": board.worst(),
        "may_repair": actor.may("people.edit"),
        "may_set": actor.may("settings.edit"),
        **_progress(request),
    }
    return render(request, "quality/dashboard.html", context)


def _progress(request: HttpRequest) -> dict[str, Any]:
    run = queries.newest_run(actor_of(request))
    running = run is not None and run.state == run.State.RUNNING
    return {"run": run, "running": running, "poll_url": reverse("quality:quality_progress")}


@require_GET
@page("insights.view")
def progress(request: HttpRequest) -> HttpResponse:
    """How far the measurement is; the page itself again when it is through."""
    context = _progress(request)
    if not context["running"]:
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("quality:quality")})
    return render(request, "quality/_progress.html", context)


@require_POST
@page("people.edit")
def measure_now(request: HttpRequest) -> HttpResponse:
    measuring.measure(actor=actor_of(request))
    return redirect("quality:quality")


@require_http_methods(["GET", "POST"])
@page("settings.edit")
@exclusive()
def settings(request: HttpRequest) -> HttpResponse:
    """Which traits count, and what each dimension weighs."""
    form = PolicyForm(request.POST or None, policy=queries.quality_policy())
    if request.method == "POST" and form.is_valid():
        try:
            measuring.set_policy(actor=actor_of(request), **form.values())
        except ValidationError as error:
            add_service_errors(form, error)
        else:
            note(request, _("Saved. The next measurement counts it so."))
            return redirect("quality:quality")
    return render(request, "quality/settings.html", {"form": form}, status=422 if form.errors else 200)


class FindingList(ListPage):
    """Whom one measure found wanting."""

    name = "quality"
    default_sort = "found"
    export_permission = "people.export"
    template = "quality/findings.html"
    empty_template = "quality/_none.html"
    search_in = ("person__name", "person__email", "value")
    filters = (
        TextFilter("value", gettext_lazy("Value")),
        TextFilter("name", gettext_lazy("Name"), "person__name"),
    )
    columns: ClassVar = (
        Column("person", gettext_lazy("Person"), value=lambda row: str(row.person), main=True),
        Column("email", gettext_lazy("Email"), value="person.email", shown=False),
        Column("trait", gettext_lazy("Trait"), value=lambda row: default_label(row.trait)),
        Column("value", gettext_lazy("Value"), value=lambda row: row.shown),
        Column("proposal", gettext_lazy("Better")),
        Column("last_seen", gettext_lazy("Last seen"), value="person.last_seen_at", shown=False),
        Column("found", pgettext_lazy("sequence", "Order"), value="pk", sort="pk", shown=False),
    )

    def __init__(self, request: HttpRequest, measure: str) -> None:
        super().__init__(request)
        self.measure = queries.measure_for(self.actor, measure)
        self.title = self.measure.label  # type: ignore[misc]

    def rows(self) -> Any:
        return queries.findings(self.actor, self.measure.key)

    def url(self, row: QualityFinding) -> str:
        return reverse("people:profile", args=[row.person_id])

    def prepare(self, rows: list[Any]) -> None:
        """Of a likely duplicate the value is the other's id; the reader wants the name."""
        if self.measure.key != DUPLICATES:
            for row in rows:
                row.shown = row.value
            return
        others = people(self.actor).in_bulk([UUID(row.value) for row in rows])
        for row in rows:
            row.shown = str(others.get(UUID(row.value), ""))

    def context(self) -> dict[str, Any]:
        history = queries.history(self.actor, self.measure.key)
        return {
            "measure": self.measure,
            "snapshot": history[-1] if history else None,
            "chart": charts.measure(self.measure, history),
            "repair": REPAIRS.get(self.measure.repair) if self.actor.may("people.edit") else None,
            "is_duplicates": self.measure.key == DUPLICATES,
            "bounded": history and history[-1].bad > measuring.FINDINGS,
            "limit": measuring.FINDINGS,
        }


@require_GET
@page("people.view")
def findings(request: HttpRequest, measure: str) -> HttpResponseBase:
    """The drill-down of one measure."""
    return FindingList(request, measure).respond()
