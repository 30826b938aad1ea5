"""Pages of what customers are worth: the groups, who is in them, cohorts, and what goes together."""

from __future__ import annotations

import json
import uuid
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from rapport.commerce.models import CustomerValue, ValueReport
from rapport.commerce.queries import value as queries
from rapport.commerce.services.value import computing
from rapport.commerce.views.orders import who
from rapport.core.access import Actor, actor_of
from rapport.core.jobs import AlreadyQueued
from rapport.core.permissions import Reach
from rapport.core.queries import workspace
from rapport.core.templatetags.ui import badge, money, named
from rapport.core.ui import Tab
from rapport.core.ui.charts import Chart, Series
from rapport.core.ui.lists import ChoiceFilter, Column, DateFilter, ListPage, NumberFilter
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.people import queries as people

TONES = {
    "champions": "good", "loyal": "good", "promising": "accent", "new": "accent", "attention": "warn",
    "cooling": "warn",
    "at_risk": "bad", "must_keep": "bad", "dormant": "", "lost": "",
}  # fmt: skip
SHOWN = 50


def _tabs(actor: Actor, current: str) -> list[Tab]:
    wanted = [
        ("value", _("Groups")), ("value-people", _("Customers")), ("value-cohorts", _("Cohorts")),
        ("value-products", _("Products")),
    ]  # fmt: skip
    if not _sees_all(actor):
        wanted = wanted[1:2]
    return [Tab(label, reverse(f"commerce:{name}"), name == current) for name, label in wanted]


def _sees_all(actor: Actor) -> bool:
    return actor.reach("orders.view") is Reach.ALL


@require_safe
@page("orders.view")
def value(request: HttpRequest) -> HttpResponseBase:
    """The named groups and what all buyers come to."""
    actor = actor_of(request)
    if not _sees_all(actor):
        return redirect("commerce:value-people")
    row = queries.report(actor)
    shown = queries.groups(row) if row else []
    context = {
        "tabs": _tabs(actor, "value"),
        "report": row,
        "figures": row.figures if row else {},
        "groups": [(group, TONES[group.key], _link(group.key)) for group in shown],
        "repeat_rate": row.figures["repeat"] / row.figures["people"]
        if row and row.figures["people"]
        else None,
        "average": float(row.figures["net"]) / row.figures["orders"]
        if row and row.figures["orders"]
        else None,
        "chart": _chart(shown) if any(group.people for group in shown) else None,
        "may_edit": actor.may("orders.edit"),
    }
    return render(request, "commerce/value.html", context)


def _link(group: str) -> str:
    condition = {"all": [{"field": "group", "op": "is", "value": [group]}]}
    return f"{reverse('commerce:value-people')}?{urlencode({'filter': json.dumps(condition)})}"


def _chart(groups: list[queries.GroupSum]) -> Chart:
    people = Series(_("Customers"), [group.people for group in groups])
    return Chart("bar", _("Group"), [group.label for group in groups], [people], y_name=_("Customers"))


@require_POST
@page("orders.edit")
def value_run(request: HttpRequest) -> HttpResponse:
    try:
        computing.order_run(actor=actor_of(request))
        note(request, _("The values are being worked out."))
    except AlreadyQueued:
        note(request, _("They are being worked out already."))
    return redirect("commerce:value")


def _money(name: str) -> Any:
    return lambda row: money(getattr(row, name), workspace().currency)


def _group(row: CustomerValue) -> Any:
    return badge(row.get_group_display(), TONES[row.group])


def _scores(row: CustomerValue) -> str:
    return f"{row.recency} · {row.frequency} · {row.monetary}"


class ValueList(ListPage):
    name = "value-people"
    title = gettext_lazy("Value")
    template = "commerce/value_people.html"
    empty = (
        gettext_lazy("No customers yet"),
        gettext_lazy(
            "Who ordered something is listed here after the next night, or when the values are worked out."
        ),
    )
    default_sort = "-net"
    search_in = ("person__name", "person__email")
    search_hint = gettext_lazy("Name or address")
    export_permission = "people.export"
    columns = (
        Column("person", gettext_lazy("Person"), value=who, cell=lambda row: named(row.person), main=True),
        Column("group", gettext_lazy("Group"), value="get_group_display", cell=_group),
        Column("scores", gettext_lazy("R · F · M"), value=_scores),
        Column("orders", gettext_lazy("Orders"), sort="orders", num=True),
        Column("net", gettext_lazy("Spent"), sort="net", num=True, cell=_money("net")),
        Column("average", gettext_lazy("Per order"), num=True, cell=_money("average")),
        Column("margin", gettext_lazy("Margin"), num=True, cell=_money("margin"), shown=False),
        Column("interval_days", gettext_lazy("Days between orders"), num=True),
        Column("last_at", gettext_lazy("Last order"), sort="last_at"),
        Column("first_at", gettext_lazy("First order"), sort="first_at", shown=False),
    )  # fmt: skip
    filters = (
        ChoiceFilter("group", gettext_lazy("Group"), choices=CustomerValue.Group.choices),
        NumberFilter("orders", gettext_lazy("Orders")),
        NumberFilter("net", gettext_lazy("Spent")),
        NumberFilter("interval_days", gettext_lazy("Days between orders")),
        DateFilter("last_at", gettext_lazy("Last order")),
        DateFilter("first_at", gettext_lazy("First order")),
    )

    def rows(self) -> Any:
        return queries.values(self.actor)

    def url(self, row: CustomerValue) -> str:
        return reverse("people:profile", args=[row.pk])

    def context(self) -> dict[str, Any]:
        return super().context() | {"tabs": _tabs(self.actor, "value-people")}


@page("orders.view")
def value_people(request: HttpRequest) -> HttpResponseBase:
    return ValueList(request).respond()


@require_safe
@page("orders.view")
def value_cohorts(request: HttpRequest) -> HttpResponse:
    """The triangle: who bought first in which month, and how many of them in the months after."""
    actor = actor_of(request)
    row = queries.report(actor)
    triangle = queries.cohorts(row) if row else []
    widest = max((len(cohort.shares) for cohort in triangle), default=0)
    context = {
        "tabs": _tabs(actor, "value-cohorts"),
        "report": row,
        "cohorts": triangle,
        "later": range(widest),
    }
    return render(request, "commerce/value_cohorts.html", context)


@require_safe
@page("orders.view")
def value_products(request: HttpRequest) -> HttpResponse:
    """Pairs of products, and after how many days products are bought again."""
    actor = actor_of(request)
    context = {
        "tabs": _tabs(actor, "value-products"),
        "report": queries.report(actor),
        "pairs": queries.pairs(actor)[:SHOWN],
        "intervals": queries.intervals(actor)[:SHOWN],
    }
    return render(request, "commerce/value_products.html", context)


@require_safe
@page("orders.view")
def person_value(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """The profile's panel: the group somebody is in, and why."""
    actor = actor_of(request)
    shown = people.person_for(actor, person_id)
    worth, row = queries.value_of(actor, shown), ValueReport.objects.first()
    context = {
        "value": worth,
        "tone": TONES[worth.group] if worth else "",
        "report": row,
        "reasons": queries.reasons(worth, row) if worth and row else [],
        "expected": queries.expected_at(worth) if worth else None,
        "spent": queries.spent(actor, shown),
    }
    return render(request, "commerce/person_value.html", context)
