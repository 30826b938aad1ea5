"""Pages of programmes: the list, one with its rules, and the form."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.queries import workspace
from rapport.core.templatetags.ui import badge, number
from rapport.core.ui.lists import Column, ListPage, TextFilter
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.loyalty.forms import ProgramForm
from rapport.loyalty.models import Program
from rapport.loyalty.queries import accounts as queries
from rapport.loyalty.queries.badges import badges
from rapport.loyalty.queries.rewards import rewards
from rapport.loyalty.queries.tiers import tier_members
from rapport.loyalty.services import programs


def _state(row: Program) -> Any:
    return badge(_("Ended")) if row.archived_at else badge(_("Running"), "good")


class ProgramList(ListPage):
    name = "loyalty-programs"
    title = gettext_lazy("Loyalty")
    template = "loyalty/programs.html"
    empty_template = "loyalty/no_programs.html"
    default_sort = "name"
    search_in = ("name", "key")
    columns = (
        Column("name", gettext_lazy("Programme"), sort="name", main=True),
        Column("state", gettext_lazy("State"), value=lambda row: _("Ended") if row.archived_at else _("Running"),
               cell=_state),
        Column("members", gettext_lazy("Members"), num=True, value="members"),
        Column("points", gettext_lazy("Points to spend"), num=True, cell=lambda row: number(row.points or 0),
               value="points"),
        Column("starts_on", gettext_lazy("Counts orders since"), sort="starts_on"),
        Column("key", gettext_lazy("Key"), sort="key", shown=False),
    )  # fmt: skip
    filters = (TextFilter("name", gettext_lazy("Name")),)

    def rows(self) -> Any:
        rows = queries.programs(self.actor)
        return rows.annotate(members=Count("accounts"), points=Sum("accounts__balance"))

    def url(self, row: Program) -> str:
        return reverse("loyalty:program", args=[row.key])


@page("loyalty.view")
def program_list(request: HttpRequest) -> HttpResponseBase:
    return ProgramList(request).respond()


@require_safe
@page("loyalty.view")
def program(request: HttpRequest, program_key: str) -> HttpResponse:
    """A programme with its rules and what is in its books."""
    actor = actor_of(request)
    shown = queries.program_for(actor, program_key)
    books = queries.books(shown)
    context = {
        "program": shown,
        "rules": queries.rules(shown, clock_of(request).now()),
        "members": shown.accounts.exclude(person=None).count(),
        "open": books.get("member", 0),
        "pending": books.get("pending", 0),
        "spent": books.get("spent", 0),
        "expired": books.get("expired", 0),
        "may_edit": actor.may("loyalty.edit"),
        "rewards": rewards(actor, shown),
        "badges": badges(shown),
        "tiers": tier_members(shown),
    }
    return render(request, "loyalty/program.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page("loyalty.edit")
def new(request: HttpRequest) -> HttpResponseBase:
    """Makes a programme."""
    home = workspace()
    initial = {
        "key": "loyalty", "currency": home.currency, "zone": home.time_zone, "enrols_everybody": True,
        "return_days": 30, "expiry_months": 24, "point_value": "0.01",
        "starts_on": clock_of(request).now().date().isoformat(),
    }  # fmt: skip
    form = ProgramForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            shown = programs.create_program(actor=actor_of(request), values=form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            note(request, _("The programme is there. Say now what gives points."))
            return redirect("loyalty:program", shown.key)
    return render(request, "loyalty/program_form.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@page("loyalty.edit")
@exclusive()
def edit(request: HttpRequest, program_key: str) -> HttpResponseBase:
    """Changes a programme."""
    actor = actor_of(request)
    shown = queries.program_for(actor, program_key)
    initial = {name: getattr(shown, name) for name in ProgramForm.base_fields}
    form = ProgramForm(request.POST or None, initial=initial, is_new=False)
    if request.method == "POST" and form.is_valid():
        try:
            programs.change_program(actor=actor, program=shown, values=form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            note(request, _("Saved."))
            return redirect("loyalty:program", shown.key)
    context = {"form": form, "program": shown}
    return render(request, "loyalty/program_form.html", context, status=422 if form.errors else 200)


@require_POST
@page("loyalty.edit")
def end(request: HttpRequest, program_key: str) -> HttpResponseBase:
    """Ends a programme, or opens it again."""
    actor = actor_of(request)
    shown = queries.program_for(actor, program_key)
    # The state is posted: a second click changes nothing.
    programs.archive_program(actor=actor, program=shown, ended=request.POST.get("state") != "running")
    note(request, _("The programme has ended.") if shown.archived_at else _("The programme runs again."))
    return redirect("loyalty:program", shown.key)
