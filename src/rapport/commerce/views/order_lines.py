"""The list of everything that stands in orders, which can be exported."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy

from rapport.commerce.models import Order, OrderLine
from rapport.commerce.queries import orders as queries
from rapport.commerce.views.orders import person_cell, state_badge
from rapport.core.templatetags.ui import money
from rapport.core.ui.lists import ChoiceFilter, Column, DateFilter, ListPage, NumberFilter, TextFilter
from rapport.core.views.pages import page


def _person(row: OrderLine) -> str:
    return str(row.order.person or "")


def _state(row: OrderLine) -> Any:
    return state_badge(row.order)


class LineList(ListPage):
    name = "order-lines"
    title = gettext_lazy("Order lines")
    template = "commerce/orders.html"
    empty = (
        gettext_lazy("No order lines yet"),
        gettext_lazy("Each product of an order is a line here, to be filtered and exported."),
    )
    default_sort = "-id"
    search_in = ("order__number", "product_ref", "sku", "name")
    search_hint = gettext_lazy("Number or product")
    export_permission = "people.export"
    columns = (
        Column("order", gettext_lazy("Order"), value="order", main=True),
        Column("ordered_on", gettext_lazy("Ordered on"), value="order.placed_at"),
        Column("person", gettext_lazy("Person"), value=_person, cell=lambda row: person_cell(row.order.person)),
        Column("product_ref", gettext_lazy("Product")),
        Column("name", gettext_lazy("Name")),
        Column("quantity", gettext_lazy("Pieces"), num=True),
        Column("returned", gettext_lazy("Returned"), num=True),
        Column("price", gettext_lazy("Price"), num=True, cell=lambda row: money(row.price, row.order.currency)),
        Column("amount", gettext_lazy("Amount"), num=True, cell=lambda row: money(row.amount, row.order.currency)),
        Column("currency", gettext_lazy("Currency"), value="order.currency", shown=False),
        Column("discount", gettext_lazy("Discount"), num=True, shown=False),
        Column("tax", gettext_lazy("Tax"), num=True, shown=False),
        Column("sku", gettext_lazy("SKU"), shown=False),
        Column("variant_ref", gettext_lazy("Variant"), shown=False),
        Column("category", gettext_lazy("Category"), shown=False),
        Column("brand", gettext_lazy("Brand"), shown=False),
        Column("store", gettext_lazy("Shop"), value="order.store", shown=False),
        Column("state", gettext_lazy("State"), value="order.get_state_display", cell=_state),
        Column("id", gettext_lazy("Row"), sort="id", shown=False),
    )  # fmt: skip
    filters = (
        TextFilter("product_ref", gettext_lazy("Product")),
        TextFilter("name", gettext_lazy("Name")),
        DateFilter("ordered_on", gettext_lazy("Ordered on"), "order__placed_at"),
        ChoiceFilter("state", gettext_lazy("State"), "order__state", choices=Order.State.choices),
        NumberFilter("quantity", gettext_lazy("Pieces")),
        NumberFilter("returned", gettext_lazy("Returned")),
        TextFilter("category", gettext_lazy("Category")),
    )

    def rows(self) -> Any:
        return queries.lines(self.actor)

    def covered(self, rows: Any, permission: str) -> Any:
        return rows.filter(queries.reachable(self.actor, permission, "order__")) if permission else rows

    def url(self, row: OrderLine) -> str:
        return reverse("commerce:order", args=[row.order_id])


@page("orders.view")
def order_lines(request: HttpRequest) -> HttpResponseBase:
    return LineList(request).respond()
