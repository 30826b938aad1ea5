"""Pages of orders: the list, one order with its history, its returns, the panel of a profile."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from rapport.commerce.models import Order, Return
from rapport.commerce.order_words import TONES
from rapport.commerce.queries import order_history
from rapport.commerce.queries import orders as queries
from rapport.commerce.services.orders import rebuild
from rapport.core.access import actor_of
from rapport.core.templatetags.ui import badge, money, named
from rapport.core.ui.lists import (
    BooleanFilter,
    ChoiceFilter,
    Column,
    DateFilter,
    ListPage,
    NumberFilter,
    TextFilter,
)
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.people import queries as people

SHOWN = 8


def state_badge(row: Any) -> Any:
    return badge(row.get_state_display(), TONES[row.state])


def _payment(row: Order) -> Any:
    return badge(row.get_payment_state_display(), TONES[row.payment_state]) if row.payment_state else ""


def person_cell(person: Any) -> Any:
    return named(person) if person else _("Nobody any more")


def who(row: Any) -> str:
    return str(row.person or "")


def _total(row: Order) -> str:
    """Of a refund without its order what went back: it has no total."""
    return money(row.net if row.state == Order.State.REFUND_ONLY else row.total, row.currency)


def _net(row: Order) -> str:
    return money(row.net, row.currency)


class OrderList(ListPage):
    name = "orders"
    title = gettext_lazy("Orders")
    template = "commerce/orders.html"
    empty = (
        gettext_lazy("No orders yet"),
        gettext_lazy("Orders appear as soon as a shop's events tell of them, or an import or the API does."),
    )
    default_sort = "-placed_at"
    search_in = ("number", "external_id", "person__name", "person__email")
    search_hint = gettext_lazy("Number, name or address")
    export_permission = "people.export"
    columns = (
        Column("number", gettext_lazy("Order"), value=str, sort="number", main=True),
        Column("external_id", gettext_lazy("Id in the shop"), shown=False),
        Column("placed_at", gettext_lazy("Ordered on"), sort="placed_at"),
        Column("person", gettext_lazy("Person"), value=who, cell=lambda row: person_cell(row.person)),
        Column("state", gettext_lazy("State"), value="get_state_display", cell=state_badge),
        Column("payment", gettext_lazy("Payment"), value="get_payment_state_display", cell=_payment),
        Column("items", gettext_lazy("Pieces"), sort="items", num=True),
        Column("total", gettext_lazy("Total"), sort="total", num=True, cell=_total),
        Column("net", gettext_lazy("After refunds"), sort="net", num=True, shown=False, cell=_net),
        Column("currency", gettext_lazy("Currency"), shown=False),
        Column("company", gettext_lazy("Company"), value=lambda row: str(row.company or ""), shown=False),
        Column("store", gettext_lazy("Shop"), shown=False),
        Column("country", gettext_lazy("Country"), shown=False),
        Column("expected_at", gettext_lazy("Parcel expected"), sort="expected_at", shown=False),
    )  # fmt: skip
    filters = (
        ChoiceFilter("state", gettext_lazy("State"), choices=Order.State.choices),
        ChoiceFilter("payment", gettext_lazy("Payment"), "payment_state", choices=Order.Payment.choices),
        DateFilter("placed_at", gettext_lazy("Ordered on")),
        NumberFilter("total", gettext_lazy("Total")),
        TextFilter("currency", gettext_lazy("Currency")),
        TextFilter("number", gettext_lazy("Order")),
        TextFilter("external_id", gettext_lazy("Id in the shop")),
        TextFilter("store", gettext_lazy("Shop")),
        TextFilter("country", gettext_lazy("Country")),
        TextFilter("product", gettext_lazy("Product"), "lines__product_ref"),
        DateFilter("expected_at", gettext_lazy("Parcel expected")),
        BooleanFilter("problems", gettext_lazy("Has problems"), "has_problems"),
    )

    def rows(self) -> Any:
        return queries.with_problems(queries.orders(self.actor))

    def covered(self, rows: Any, permission: str) -> Any:
        return rows.filter(queries.reachable(self.actor, permission)) if permission else rows

    def url(self, row: Order) -> str:
        return reverse("commerce:order", args=[row.pk])

    def context(self) -> dict[str, Any]:
        return super().context() | {"may_import": self.actor.may("orders.edit")}


def _what(row: Return) -> str:
    if not row.lines:
        return _("The whole order")
    return ", ".join(f"{line['quantity']} × {line['name'] or line['product']}" for line in row.lines[:3])


class ReturnList(ListPage):
    name = "returns"
    title = gettext_lazy("Returns")
    template = "commerce/orders.html"
    empty = (
        gettext_lazy("No returns yet"),
        gettext_lazy("Goods that come back are listed here, with the order they were of."),
    )
    default_sort = "-at"
    search_in = ("reference", "order__external_id", "order__person__name")
    export_permission = "people.export"
    columns = (
        Column("order", gettext_lazy("Order"), value=lambda row: str(row.order), main=True),
        Column("at", gettext_lazy("When"), sort="at"),
        Column("person", gettext_lazy("Person"), value="order.person", cell=lambda row: person_cell(row.order.person)),
        Column("state", gettext_lazy("State"), value="get_state_display", cell=state_badge),
        Column("what", gettext_lazy("What"), value=_what),
        Column("reason", gettext_lazy("Reason")),
        Column("reference", gettext_lazy("Return number"), shown=False),
    )  # fmt: skip
    filters = (
        ChoiceFilter("state", gettext_lazy("State"), choices=Return.State.choices),
        BooleanFilter("is_exchange", gettext_lazy("Exchange")),
        DateFilter("at", gettext_lazy("When")),
        TextFilter("reason", gettext_lazy("Reason")),
    )

    def rows(self) -> Any:
        return queries.returns(self.actor)

    def covered(self, rows: Any, permission: str) -> Any:
        return rows.filter(queries.reachable(self.actor, permission, "order__")) if permission else rows

    def url(self, row: Return) -> str:
        return reverse("commerce:order", args=[row.order_id])


@page("orders.view")
def order_list(request: HttpRequest) -> HttpResponseBase:
    return OrderList(request).respond()


@page("orders.view")
def return_list(request: HttpRequest) -> HttpResponseBase:
    return ReturnList(request).respond()


@require_safe
@page("orders.view")
def order(request: HttpRequest, order_id: uuid.UUID) -> HttpResponse:
    """One order as one thing."""
    actor = actor_of(request)
    shown = queries.order_for(actor, order_id)
    context = {
        "order": shown,
        "tone": TONES[shown.state],
        "payment_tone": TONES[shown.payment_state],
        "lines": list(shown.lines.order_by("position")[:500]),
        "payments": shown.payments.order_by("at"),
        "parcels": shown.parcels.order_by("at"),
        "returns": [(row, TONES[row.state], _what(row)) for row in shown.returns.order_by("at")],
        "refunds": shown.refunds.order_by("at"),
        "carts": shown.carts.order_by("opened_at"),
        "subscription": queries.subscription_of(actor, shown),
        "history": order_history.history(shown.pk, shown.problems),
        "problems": order_history.problems_in_words(shown.problems),
        "may_see_person": bool(shown.person_id and people.visible_ids(actor, [shown.person_id])),
        "may_correct": actor.may("orders.edit"),
    }
    return render(request, "commerce/order.html", context)


@require_POST
@page("orders.edit")
def rebuild_order(request: HttpRequest, order_id: uuid.UUID) -> HttpResponseBase:
    """Reads the order's events again."""
    actor = actor_of(request)
    shown = queries.order_for(actor, order_id)
    count = rebuild.rebuild_order(actor=actor, order=shown)
    note(request, _("%(count)d events were read again.") % {"count": count})
    return redirect("commerce:order", order_id)


@require_safe
@page("orders.view")
def person(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """The profile's panel: what they bought, what is in their cart, what they are worth."""
    actor = actor_of(request)
    shown = people.person_for(actor, person_id)
    orders = [(row, TONES[row.state]) for row in queries.orders_of(actor, shown)[:SHOWN]]
    open_carts = [
        (row, TONES[row.state])
        for row in queries.carts(actor).filter(person=shown).exclude(state="ordered")[:3]
    ]
    subscriptions = [(row, TONES[row.state]) for row in queries.subscriptions_of(actor, shown)[:SHOWN]]
    context = {
        "orders": orders,
        "values": queries.values_of(actor, shown),
        "carts": open_carts,
        "subscriptions": subscriptions,
        "person": shown,
    }
    return render(request, "commerce/person_orders.html", context)
