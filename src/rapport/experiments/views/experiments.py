"""Pages of experiments: the list, planning one, and one with its results."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rapport.core.access import actor_of
from rapport.core.templatetags.ui import badge
from rapport.core.ui import formats
from rapport.core.ui.lists import ChoiceFilter, Column, ListPage, TextFilter
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.experiments import queries
from rapport.experiments.forms import ExperimentForm
from rapport.experiments.models import Experiment
from rapport.experiments.registry import SUBJECTS
from rapport.experiments.services import experiments
from rapport.experiments.services.results import Results, Row, results
from rapport.experiments.statistics.sequential import Interval

TONES = {"draft": "", "running": "accent", "decided": "good", "stopped": "warn"}


def state_badge(row: Experiment) -> Any:
    return badge(row.get_state_display(), TONES[row.state])


class ExperimentList(ListPage):
    name = "experiments"
    title = gettext_lazy("Experiments")
    template = "experiments/list.html"
    empty_template = "experiments/empty.html"
    default_sort = "-created_at"
    search_in = ("name", "key")
    columns = (
        Column("name", gettext_lazy("Name"), main=True),
        Column("about", gettext_lazy("What is varied"), value="get_about_display"),
        Column("state", gettext_lazy("State"), value="get_state_display", cell=state_badge),
        Column(
            "persons", gettext_lazy("People"), value=lambda row: formats.number(row.persons or 0), num=True
        ),
        Column("winner", gettext_lazy("Winner"), value=lambda row: str(row.winner or "")),
        Column("started_at", gettext_lazy("Began")),
        Column("created_at", gettext_lazy("Created"), sort="created_at", shown=False),
    )
    filters = (
        TextFilter("name", gettext_lazy("Name")),
        ChoiceFilter("state", gettext_lazy("State"), choices=Experiment.State.choices),
        ChoiceFilter("about", gettext_lazy("What is varied"), choices=Experiment.About.choices),
    )

    def rows(self) -> Any:
        return queries.experiments(self.actor)

    def context(self) -> dict[str, Any]:
        return {"may_edit": self.actor.may("experiments.edit")}

    def url(self, row: Experiment) -> str:
        return reverse("experiments:experiment", args=[row.key])


@page("experiments.view")
def experiment_list(request: HttpRequest) -> HttpResponseBase:
    return ExperimentList(request).respond()


@require_http_methods(["GET", "POST"])
@page("experiments.edit")
def new(request: HttpRequest) -> HttpResponse:
    form = ExperimentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = experiments.create(actor=actor_of(request), **form.values())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect("experiments:experiment", row.key)
    begun_elsewhere = [subject for subject in SUBJECTS if subject.new_url]
    context = {"form": form, "begun_elsewhere": begun_elsewhere}
    return render(request, "experiments/new.html", context, status=422 if form.errors else 200)


@require_safe
@page("experiments.view")
def experiment(request: HttpRequest, experiment_key: str) -> HttpResponse:
    """One experiment: how it is planned, what came of it so far, and what that means."""
    actor = actor_of(request)
    row = queries.experiment_for(actor, experiment_key)
    shown = results(row)
    subject = SUBJECTS.get(row.subject)
    plan = subject.plan(row.subject_id) if subject else None
    context = {
        "experiment": row,
        "tone": TONES[row.state],
        "rows": [_line(entry, row) for entry in shown.rows],
        "holdout": _line(shown.holdout, row) if shown.holdout else None,
        "lift": shown.lift and {
            "share": _range(shown.lift.share, percent=True),
            "altogether": _range(shown.lift.altogether),
        },
        "results": shown,
        "verdict": _verdict(row, shown),
        "missing": 0 if plan else max(0, row.planned * len(shown.rows) - shown.persons),
        "plan": plan,
        "too_few": plan is not None and plan.people < row.planned * len(shown.rows),
        "subject": subject,
        "subject_url": subject.url(row.subject_id) if subject else "",
        "may_edit": actor.may("experiments.edit"),
    }  # fmt: skip
    return render(request, "experiments/experiment.html", context)


@require_POST
@page("experiments.edit")
def set_state(request: HttpRequest, experiment_key: str) -> HttpResponse:
    """Begins, decides or stops it."""
    actor = actor_of(request)
    row = queries.experiment_for(actor, experiment_key)
    wanted = request.POST.get("do", "")
    try:
        if wanted == "start":
            experiments.start(actor=actor, experiment=row)
        elif wanted == "stop":
            experiments.stop(actor=actor, experiment=row)
        else:
            experiments.decide(actor=actor, experiment=row, variant_key=wanted)
    except ValidationError as error:
        note(request, error.messages[0], level="error")
    else:
        note(request, _("Saved."))
    return redirect("experiments:experiment", experiment_key)


def _line(entry: Row, row: Experiment) -> dict[str, Any]:
    by_value = bool(row.value_property)
    mean = formats.number(round(entry.arm.mean, 2)) if by_value else formats.percent(entry.arm.mean, 2)
    return {
        "variant": entry.variant,
        "persons": entry.arm.persons,
        "total": formats.number(round(entry.arm.total)),
        "mean": mean,
        "share": _range(entry.share, percent=True) if entry.share else "",
    }


def _range(interval: Interval, *, percent: bool = False) -> str:
    """“+12 % (+3 % to +22 %)”."""

    def shown(value: float) -> str:
        return ("+" if value > 0 else "") + (
            formats.percent(value, 1) if percent else formats.number(round(value))
        )

    if interval.low is None or interval.high is None:
        return _("too early to say")
    words = {"estimate": shown(interval.estimate), "low": shown(interval.low), "high": shown(interval.high)}
    return _("%(estimate)s (%(low)s to %(high)s)") % words


def _verdict(row: Experiment, shown: Results) -> str:
    """Why this one wins, or why nobody does yet, in plain words."""
    risk = formats.percent(row.alpha, 1)
    if row.winner is not None and (shown.best is None or shown.best.pk != row.winner.pk):
        return _("“%(name)s” was chosen by hand, without being certain to be better.") % {
            "name": row.winner.name
        }
    if not row.has_begun:
        return _(
            "It has not begun. Each variant needs about %(count)s people to show the effect that matters."
        ) % {"count": formats.number(row.planned)}
    if shown.best is not None:
        return _(
            "“%(name)s” is better than every other: its interval against each of them leaves out zero. Had they all"
            " been equal, that would happen in at most %(risk)s of experiments, however often somebody looks."
        ) % {"name": shown.best.name, "risk": risk}
    if shown.persons >= row.planned * len(shown.rows):
        return _(
            "As many people as were planned have met it, and no difference is certain. If there is one, it is likely"
            " smaller than the effect that matters: take the variant you prefer."
        )
    return _(
        "No variant is certain to be better yet. You may look as often as you like: that does not spoil the result."
    )
