"""Pages of on-site messages: the list with results, and the editor with a preview that is drawn as on the website."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from rapport.content.onsite import queries, services, trials
from rapport.content.onsite.forms import OnSiteForm
from rapport.content.onsite.models import OnSiteMessage
from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.forms.errors import add_service_errors
from rapport.core.templatetags.ui import badge
from rapport.core.ui.lists import ChoiceFilter, Column, DateFilter, ListPage, TextFilter
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page


class OnSiteList(ListPage):
    """All messages with how often they were shown, clicked and dismissed."""

    name = "on-site"
    title = gettext_lazy("On-site messages")
    template = "content/onsite/list.html"
    empty_template = "content/onsite/empty.html"
    default_sort = "-updated_at"
    search_in = ("name", "title")
    export_permission = "onsite.view"
    columns = (
        Column("name", gettext_lazy("Name"), sort="name", main=True),
        Column("format", gettext_lazy("Format"), value=lambda row: row.get_format_display(), sort="format"),
        Column(
            "state",
            gettext_lazy("State"),
            value=lambda row: state_of(row)[0],
            cell=lambda row: badge(*state_of(row)),
        ),
        Column("shown", gettext_lazy("Shown"), value=lambda row: row.counted["shown"], num=True),
        Column("clicked", gettext_lazy("Clicked"), value=lambda row: row.counted["clicked"], num=True),
        Column("dismissed", gettext_lazy("Dismissed"), value=lambda row: row.counted["dismissed"], num=True),
        Column("updated_at", gettext_lazy("Changed"), sort="updated_at", shown=False),
    )
    filters = (
        TextFilter("name", gettext_lazy("Name")),
        ChoiceFilter("format", gettext_lazy("Format"), choices=OnSiteMessage.Format.choices),
        DateFilter("updated_at", gettext_lazy("Changed")),
    )

    def rows(self) -> Any:
        return queries.messages(self.actor)

    def prepare(self, rows: list[Any]) -> None:
        counts = queries.results(rows)
        for row in rows:
            row.counted = counts[row.pk]

    def context(self) -> dict[str, Any]:
        return {"may_edit": self.actor.may("onsite.edit")}

    def url(self, row: OnSiteMessage) -> str:
        return reverse("content:on-site-message", args=[row.pk])


def state_of(row: OnSiteMessage) -> tuple[str, str]:
    """What it is called, and the tone of that."""
    if row.is_live:
        return _("Live"), "good"
    return (_("Stopped") if row.live_at else _("Draft")), ""


@page("onsite.view")
def message_list(request: HttpRequest) -> HttpResponseBase:
    return OnSiteList(request).respond()


@require_http_methods(["GET", "HEAD", "POST"])
@page("onsite.edit")
def new(request: HttpRequest) -> HttpResponse:
    form = OnSiteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = services.create(actor=actor_of(request), values=form.cleaned_data, clock=clock_of(request))
        except ValidationError as error:
            add_service_errors(form, error)
        else:
            note(request, _("Saved as a draft. Nobody sees it until you launch it."))
            return redirect("content:on-site-message", row.pk)
    return _page(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@page("onsite.view")
@exclusive()
def message(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)
    row = queries.message_for(actor, message_id)
    form = OnSiteForm(request.POST or None, instance=OnSiteMessage.objects.get(pk=row.pk))
    if request.method == "POST":
        actor.require("onsite.edit")
        if form.is_valid():
            try:
                services.change(
                    actor=actor, message_id=row.pk, values=form.cleaned_data, clock=clock_of(request)
                )
            except ValidationError as error:
                add_service_errors(form, error)
            else:
                note(request, _("Saved."))
                return redirect("content:on-site-message", row.pk)
    return _page(request, form, row)


@require_POST
@page("onsite.edit")
def turn(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """Launches a message, or stops it."""
    act = services.launch if "launch" in request.POST else services.stop
    row = act(actor=actor_of(request), message_id=message_id, clock=clock_of(request))
    note(request, _("It is shown from now on.") if row.is_live else _("Nobody sees it any more."))
    return redirect("content:on-site-message", row.pk)


@require_POST
@page("onsite.edit")
def test(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """Begins a test of a message, against another one and those who see none."""
    other, event = request.POST.get("other", ""), request.POST.get("event", "") or "Order Completed"
    try:
        trials.start(
            actor=actor_of(request), message_id=message_id, event=event[:200], clock=clock_of(request),
            other_id=uuid.UUID(other) if other else None,
        )  # fmt: skip
    except ValidationError as error:
        note(request, " ".join(error.messages))
    except ValueError:
        note(request, _("Choose another message of the same format and element."))
    else:
        note(request, _("The test runs. Some visitors see none, so that its effect shows."))
    return redirect("content:on-site-message", message_id)


def _page(request: HttpRequest, form: OnSiteForm, row: OnSiteMessage | None) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "row": row, "may_edit": actor_of(request).may("onsite.edit")}
    if row is not None:
        context["results"] = queries.results([row])[row.pk]
        alike = OnSiteMessage.objects.filter(format=row.format, slot=row.slot).exclude(pk=row.pk)
        context["others"] = list(alike.order_by("name").values_list("pk", "name")[:100])
        context["events"] = ["Order Completed", "Form Submitted", "Message Clicked"]
        context["is_tested"] = row.experiment is not None and row.experiment.state == "running"
    return render(request, "content/onsite/message.html", context, status=422 if form.errors else 200)
