"""Pages of subscriptions: the list, and one with its orders."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from rapport.commerce.models import Subscription
from rapport.commerce.order_words import TONES
from rapport.commerce.queries import order_history
from rapport.commerce.queries import orders as queries
from rapport.commerce.views.orders import person_cell, state_badge, who
from rapport.core.access import actor_of
from rapport.core.templatetags.ui import money
from rapport.core.ui.lists import ChoiceFilter, Column, DateFilter, ListPage, NumberFilter, TextFilter
from rapport.core.views.pages import page
from rapport.people import queries as people

SHOWN = 50


def _amount(row: Subscription) -> str:
    return money(row.amount, row.currency)


class SubscriptionList(ListPage):
    name = "subscriptions"
    title = gettext_lazy("Subscriptions")
    template = "commerce/orders.html"
    empty = (
        gettext_lazy("No subscriptions yet"),
        gettext_lazy("Orders that repeat appear as soon as a shop's events tell of them."),
    )
    default_sort = "-started_at"
    search_in = ("external_id", "plan", "person__name", "person__email")
    export_permission = "people.export"
    columns = (
        Column("plan", gettext_lazy("Plan"), value=str, main=True),
        Column("person", gettext_lazy("Person"), value=who, cell=lambda row: person_cell(row.person)),
        Column("state", gettext_lazy("State"), value="get_state_display", cell=state_badge),
        Column("amount", gettext_lazy("Amount"), sort="amount", num=True, cell=_amount),
        Column("interval", gettext_lazy("Interval")),
        Column("renewals", gettext_lazy("Renewals"), sort="renewals", num=True),
        Column("renews_at", gettext_lazy("Renews"), sort="renews_at"),
        Column("started_at", gettext_lazy("Since"), sort="started_at"),
        Column("renewed_at", gettext_lazy("Renewed last"), sort="renewed_at", shown=False),
        Column("ended_at", gettext_lazy("Ended"), sort="ended_at", shown=False),
        Column("reason", gettext_lazy("Reason"), shown=False),
        Column("number", gettext_lazy("Subscription"), value="external_id", sort="external_id", shown=False),
        Column("currency", gettext_lazy("Currency"), shown=False),
        Column("store", gettext_lazy("Shop"), shown=False),
    )
    filters = (
        ChoiceFilter("state", gettext_lazy("State"), choices=Subscription.State.choices),
        TextFilter("plan", gettext_lazy("Plan")),
        NumberFilter("amount", gettext_lazy("Amount")),
        DateFilter("renews_at", gettext_lazy("Renews")),
        DateFilter("started_at", gettext_lazy("Since")),
        DateFilter("ended_at", gettext_lazy("Ended")),
        TextFilter("store", gettext_lazy("Shop")),
    )

    def rows(self) -> Any:
        return queries.subscriptions(self.actor)

    def covered(self, rows: Any, permission: str) -> Any:
        return rows.filter(queries.of_people(self.actor, permission)) if permission else rows

    def url(self, row: Subscription) -> str:
        return reverse("commerce:subscription", args=[row.pk])


@page("orders.view")
def subscription_list(request: HttpRequest) -> HttpResponseBase:
    return SubscriptionList(request).respond()


@require_safe
@page("orders.view")
def subscription(request: HttpRequest, subscription_id: uuid.UUID) -> HttpResponse:
    """One subscription: how it stands, the orders it made, and how it came to be."""
    actor = actor_of(request)
    shown = queries.subscription_for(actor, subscription_id)
    context = {
        "subscription": shown,
        "tone": TONES[shown.state],
        "orders": [(row, TONES[row.state]) for row in queries.orders_of_subscription(actor, shown)[:SHOWN]],
        "history": order_history.history(shown.pk),
        "may_see_person": bool(shown.person_id and people.visible_ids(actor, [shown.person_id])),
    }
    return render(request, "commerce/subscription.html", context)
