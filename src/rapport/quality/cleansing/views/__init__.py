"""Repairs: what there is to repair, what would change, carrying it out, and taking it back."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rapport.core.access import Actor, actor_of
from rapport.core.ui.lists import BulkAction, BulkResult, ChoiceFilter, Column, ListPage, TextFilter
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.people.values.formatting import default_label
from rapport.quality.cleansing import queries
from rapport.quality.cleansing.repairs import REPAIRS
from rapport.quality.cleansing.services import runs
from rapport.quality.models import RepairItem, RepairRun
from rapport.quality.queries import run_for, runs_of

VERBS = {"start": runs.start, "undo": runs.take_back, "discard": runs.discard}
_TONES = {"proposed": "accent", "applied": "good", "skipped": "warn", "excluded": "none", "undone": "none"}


@require_GET
@page("people.view")
def repairs(request: HttpRequest) -> HttpResponse:
    """Every repair with how many it would help, and the runs so far."""
    actor = actor_of(request)
    proposals = queries.proposals(actor)
    context = {
        "repairs": [(repair, proposals.get(repair.key)) for repair in REPAIRS.values()],
        "runs": [
            (run, REPAIRS[run.repair]) for run in runs_of(actor, RepairRun)[:20] if run.repair in REPAIRS
        ],
        "may_repair": actor.may("people.edit"),
    }
    return render(request, "quality/repairs.html", context)


@require_POST
@page("people.edit")
def look(request: HttpRequest, repair: str) -> HttpResponse:
    try:
        run = runs.look(actor=actor_of(request), repair=repair)
    except ValidationError as error:
        note(request, " ".join(error.messages), level="error")
        return redirect("quality:repairs")
    return redirect("quality:repair", run.pk)


def leave_alone(actor: Actor, rows: Any) -> BulkResult:
    return _chosen(actor, rows, leave=True)


def take_in(actor: Actor, rows: Any) -> BulkResult:
    return _chosen(actor, rows, leave=False)


def _chosen(actor: Actor, rows: Any, *, leave: bool) -> BulkResult:
    first = rows.first()
    if first is None:
        return BulkResult(_("Nothing was chosen."))
    try:
        count = runs.choose(actor=actor, run=first.run, items=rows.order_by(), leave=leave)
    except ValidationError as error:
        return BulkResult(" ".join(error.messages))
    if leave:
        return BulkResult(ngettext("%(n)d row excluded.", "%(n)d rows excluded.", count) % {"n": count})
    return BulkResult(ngettext("%(n)d row included.", "%(n)d rows included.", count) % {"n": count})


def _after(row: RepairItem) -> SafeString | str:
    return row.shown_after or format_html('<span class="subtle">{}</span>', _("nothing"))


def _state(row: RepairItem) -> SafeString:
    text = format_html(' <span class="small subtle">{}</span>', row.reason) if row.reason else ""
    label = row.get_state_display()
    return format_html('<span class="badge badge-{}">{}</span>{}', _TONES[row.state], label, text)


class ItemList(ListPage):
    """What one run would change, or did."""

    name = "repair"
    default_sort = "row"
    export_permission = "people.export"
    template = "quality/run.html"
    empty_template = "quality/_nothing.html"
    search_in = ("person__name", "person__email", "shown_before", "shown_after")
    bulk = (
        BulkAction("leave", gettext_lazy("Exclude"), "ban", "people.edit", leave_alone),
        BulkAction("take_in", gettext_lazy("Include again"), "check", "people.edit", take_in),
    )
    filters = (
        ChoiceFilter("state", gettext_lazy("State"), choices=RepairItem.State.choices),
        TextFilter("before", gettext_lazy("Before"), "shown_before"),
        TextFilter("after", gettext_lazy("After"), "shown_after"),
        TextFilter("trait", gettext_lazy("Trait")),
    )
    columns: ClassVar = (
        Column("person", gettext_lazy("Person"), value=lambda row: str(row.person), main=True),
        Column("trait", gettext_lazy("Trait"), value=lambda row: default_label(row.trait)),
        Column("before", gettext_lazy("Before"), value="shown_before"),
        Column("after", gettext_lazy("After"), value="shown_after", cell=_after),
        Column("state", gettext_lazy("State"), value="get_state_display", cell=_state),
        Column("row", gettext_lazy("Row"), value="pk", sort="pk", shown=False),
    )

    def __init__(self, request: HttpRequest, run: RepairRun) -> None:
        super().__init__(request)
        self.run = run
        self.repair = REPAIRS[run.repair]
        self.title = self.repair.label  # type: ignore[misc]

    def rows(self) -> Any:
        return queries.items(self.actor, self.run)

    def url(self, row: RepairItem) -> str:
        return reverse("people:profile", args=[row.person_id])

    def context(self) -> dict[str, Any]:
        counts = queries.counts(self.run)
        return {
            "run": self.run,
            "repair": self.repair,
            "counts": counts,
            "proposed": counts.get("proposed", 0),
            "may_repair": self.actor.may("people.edit"),
            "poll_url": reverse("quality:repair_progress", args=[self.run.pk]),
        }


@require_http_methods(["GET", "POST"])
@page("people.view")
def repair(request: HttpRequest, run_id: int) -> HttpResponseBase:
    """One run: its preview, its progress, what it did."""
    return ItemList(request, run_for(actor_of(request), RepairRun, run_id)).respond()


@require_GET
@page("people.view")
def progress(request: HttpRequest, run_id: int) -> HttpResponse:
    run = run_for(actor_of(request), RepairRun, run_id)
    if not run.is_busy:
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("quality:repair", args=[run.pk])})
    context = {"run": run, "poll_url": request.path}
    return render(request, "quality/_run_progress.html", context)


@require_POST
@page("people.edit")
def act(request: HttpRequest, run_id: int, verb: str) -> HttpResponse:
    """Starts, takes back or throws away a run."""
    actor = actor_of(request)
    run = run_for(actor, RepairRun, run_id)
    try:
        VERBS[verb](actor=actor, run=run)
    except ValidationError as error:
        note(request, " ".join(error.messages), level="error")
    return redirect("quality:repairs") if verb == "discard" else redirect("quality:repair", run.pk)
