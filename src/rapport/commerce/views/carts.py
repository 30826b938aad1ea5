"""Pages of carts: the list and one cart."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from rapport.commerce.models import Cart
from rapport.commerce.order_words import TONES
from rapport.commerce.queries import order_history
from rapport.commerce.queries import orders as queries
from rapport.commerce.views.orders import person_cell, state_badge, who
from rapport.core.access import actor_of
from rapport.core.templatetags.ui import money
from rapport.core.ui.lists import ChoiceFilter, Column, DateFilter, ListPage, NumberFilter
from rapport.core.views.pages import page
from rapport.people import queries as people


class CartList(ListPage):
    name = "carts"
    title = gettext_lazy("Carts")
    template = "commerce/orders.html"
    empty = (
        gettext_lazy("No carts yet"),
        gettext_lazy("Carts appear as soon as a shop's events tell of products put into them."),
    )
    default_sort = "-changed_at"
    export_permission = "people.export"
    search_in = ("external_id", "person__name", "person__email")
    columns = (
        Column("person", gettext_lazy("Person"), value=who, cell=lambda row: person_cell(row.person), main=True),
        Column("state", gettext_lazy("State"), value="get_state_display", cell=state_badge),
        Column("items", gettext_lazy("Pieces"), sort="items", num=True),
        Column("total", gettext_lazy("Total"), sort="total", num=True, cell=lambda row: money(row.total, row.currency)),
        Column("changed_at", gettext_lazy("Last change"), sort="changed_at"),
        Column("opened_at", gettext_lazy("Begun"), sort="opened_at", shown=False),
        Column("abandoned_at", gettext_lazy("Abandoned"), sort="abandoned_at", shown=False),
        Column("order", gettext_lazy("Order"), value="order.external_id"),
    )  # fmt: skip
    filters = (
        ChoiceFilter("state", gettext_lazy("State"), choices=Cart.State.choices),
        DateFilter("changed_at", gettext_lazy("Last change")),
        DateFilter("abandoned_at", gettext_lazy("Abandoned")),
        NumberFilter("total", gettext_lazy("Total")),
    )

    def rows(self) -> Any:
        return queries.carts(self.actor)

    def covered(self, rows: Any, permission: str) -> Any:
        return rows.filter(queries.of_people(self.actor, permission)) if permission else rows

    def url(self, row: Cart) -> str:
        return reverse("commerce:cart", args=[row.pk])


@page("orders.view")
def cart_list(request: HttpRequest) -> HttpResponseBase:
    return CartList(request).respond()


@require_safe
@page("orders.view")
def cart(request: HttpRequest, cart_id: uuid.UUID) -> HttpResponse:
    """One cart: what is in it, and how it came to be."""
    actor = actor_of(request)
    shown = queries.cart_for(actor, cart_id)
    context = {
        "cart": shown,
        "tone": TONES[shown.state],
        "history": order_history.history(shown.subject),
        "rules": queries.order_settings(),
        "may_see_person": bool(shown.person_id and people.visible_ids(actor, [shown.person_id])),
    }
    return render(request, "commerce/cart.html", context)
