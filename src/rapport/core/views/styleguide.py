"""The living style guide: every component as it is, in the reader's theme, and a list to copy."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

from rapport.core.clock import SYSTEM, Clock
from rapport.core.forms.fields import NameField
from rapport.core.models import AuditEntry
from rapport.core.ui import Tab
from rapport.core.ui.charts import Chart, Series
from rapport.core.ui.lists import Calendar, Column, DateFilter, ListPage, TextFilter
from rapport.core.ui.toasts import toast
from rapport.core.views.pages import page


class MyChanges(ListPage):
    """A whole list page: what the signed-in user changed."""

    name = "my-changes"
    title = _("My changes")
    empty = (
        _("Nothing recorded yet"),
        _("Each change is listed here: who made it, when, and what was there before."),
    )
    default_sort = "-at"
    search_in = ("action", "object_type", "object_id")
    search_hint = _("Search action or record")
    columns = (
        Column("action", _("Action"), sort="action", main=True),
        Column("object_type", _("Kind of record"), sort="object_type"),
        Column("object_id", _("Record"), cell=lambda row: row.object_id[:12]),
        Column("at", _("When"), sort="at"),
        Column("actor_label", _("Who"), shown=False),
    )
    filters = (
        TextFilter("action", _("Action")),
        TextFilter("object_type", _("Kind of record")),
        DateFilter("at", _("When")),
    )

    calendar = Calendar("at", mark="object_type")

    def url(self, row: Any) -> str:
        return reverse("core:settings-audit-entry", args=[row.pk]) if self.may("audit.view") else ""

    def rows(self) -> Any:
        return AuditEntry.objects.filter(actor_kind=self.actor.kind, actor_id=self.actor.id)


@page()
def my_changes(request: HttpRequest) -> HttpResponseBase:
    return MyChanges(request).respond()


COUNTRIES = (("GB", _("United Kingdom")), ("DE", _("Germany")), ("FR", _("France")))


@page()
def record(request: HttpRequest) -> HttpResponse:
    """A record page. Its edits are answered and forgotten: there is no such person."""
    if request.method == "POST":
        value = request.POST.get("value", "")[:80]
        shown = dict(COUNTRIES).get(value, value)
        return (
            HttpResponse(escape(shown)) if shown else toast(HttpResponse(status=422), _("Write something."))
        )
    context = {**_moments(), "amount": Decimal("1280.50"), "countries": COUNTRIES}
    return render(request, "core/styleguide/record.html", context)


def _moments(clock: Clock = SYSTEM) -> dict[str, dt.datetime]:
    now = clock.now()
    return {"now": now - dt.timedelta(minutes=12), "yesterday": now - dt.timedelta(days=1, hours=3)}


@page()
def related(request: HttpRequest) -> HttpResponse:
    return render(request, "core/styleguide/related.html")


class ExampleForm(forms.Form):
    """One field of each kind."""

    name = NameField(label=_("Name"), help_text=_("As customers see it."), max_length=60)
    email = forms.EmailField(label=_("Email address"), required=False)
    kind = forms.ChoiceField(
        label=_("Kind"), choices=[("campaign", _("Campaign")), ("service", _("Service message"))]
    )
    starts = forms.DateField(
        label=_("Starts on"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    channels = forms.MultipleChoiceField(
        label=_("Channels"),
        choices=[("email", _("Email")), ("sms", _("SMS"))],
        widget=forms.CheckboxSelectMultiple,
    )
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    live = forms.BooleanField(
        label=_("Goes live at once"), required=False, help_text=_("Else it stays a draft.")
    )


@page()
def styleguide(request: HttpRequest) -> HttpResponse:
    """GET shows it; POST shows the form's own errors."""
    form = ExampleForm(request.POST or None)
    context = {
        "form": form,
        **_moments(),
        "amount": Decimal("1280.50"),
        "tabs": [
            Tab(str(_("Overview")), request.path, current=True, icon="house"),
            Tab(str(_("Deliveries")), "#tabs", count=128),
            Tab(str(_("Settings")), "#tabs"),
        ],
        "colours": ["text", "text-2", "text-3", "accent", "good", "warn", "bad"],
        "surfaces": [
            "canvas",
            "surface",
            "raised",
            "sunken",
            "neutral-soft",
            "accent-soft",
            "good-soft",
            "bad-soft",
        ],
        "series": range(1, 9),
        "rows": [("Reply-To", "shop@example.org"), ("X-Campaign", "spring")],
        "people": ["Ada Lovelace", "Grace Hopper", "Jean Bartik", "max@example.org", "Katherine Johnson"],
        "chart": example_chart(),
        "bars": example_bars(),
        "icons": ICONS,
    }
    status = 422 if request.method == "POST" and not form.is_valid() else 200
    return render(request, "core/styleguide.html", context, status=status)


ICONS = (
    "house",
    "users",
    "building-2",
    "chart-pie",
    "send",
    "database",
    "settings",
    "inbox",
    "ticket",
    "gift",
)


def example_chart() -> Chart:
    start = dt.date(2026, 3, 2)
    visits = [182, 214, 201, 260, 243, 310, 290, 275, 331, 342, 320, 388, 402, 377]
    orders = [12, 15, 11, 19, 17, 24, 22, 18, 26, 29, 24, 33, 35, 30]
    drill = reverse("core:styleguide") + "?day={x}"
    return Chart(
        "line",
        _("Day"),
        [start + dt.timedelta(days=offset) for offset in range(14)],
        [Series(_("Visitors"), visits, url=drill), Series(_("Buyers"), orders)],
        y_name=_("Persons"),
    )


def example_bars() -> Chart:
    names = [_("Home page"), _("Newsletter"), _("Search"), _("Friends")]
    revenue = Series(_("Revenue"), [Decimal("12480.5"), Decimal(8210), Decimal(6120), Decimal(1840)])
    return Chart(
        "bar", _("Source"), [str(name) for name in names], [revenue], y_name=_("Revenue"), y_unit="GBP"
    )
