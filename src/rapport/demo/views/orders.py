"""Lantern & Thistle: one's own orders, where the parcel is, and sending something back."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from rapport.demo import queries
from rapport.demo.forms import ReturnForm
from rapport.demo.models import ShopOrder
from rapport.demo.services import asking, parcels
from rapport.demo.views.visit import Visit, shop_page


@require_GET
@shop_page
def orders(request: HttpRequest, visit: Visit) -> HttpResponse:
    if visit.account is None:
        return redirect("demo:sign_in")
    points = asking.points(visit.account)
    return visit.page("orders", orders=queries.own_orders(visit.account)[:50], points=points)


@require_http_methods(["GET", "POST"])
@shop_page
def order(request: HttpRequest, visit: Visit, number: str) -> HttpResponse:
    order = queries.own_order(number, visit.account, visit.data.get("order"))
    lines = parcels.returnable(order)
    form = ReturnForm(request.POST or None, lines=lines)
    if form.is_valid():
        try:
            parcels.request_return(
                order=order, quantities=form.quantities, reason=form.cleaned_data["reason"]
            )
        except parcels.CannotReturn as problem:
            form.add_error(None, str(problem))
        else:
            return redirect("demo:order", order.number)
    returnable = bool(order.delivered_at) and any(left for _line, left in lines)
    context: dict[str, Any] = {
        "order": order,
        "lines": lines,
        "steps": _steps(order),
        "form": form,
        "returnable": returnable,
    }
    return visit.page("order", 422 if form.is_bound else 200, **context)


def _steps(order: ShopOrder) -> list[tuple[str, str]]:
    """What has happened and what comes next: (words, when; "" if it has not)."""
    sent = _("On its way, parcel %(number)s") % {"number": order.parcel}
    return [
        (words, timezone.localtime(at).strftime("%H:%M") if at else "")
        for words, at in (
            (_("Ordered"), order.placed_at),
            (sent if order.shipped_at else _("Being packed"), order.shipped_at),
            (_("Delivered"), order.delivered_at),
        )
    ]
