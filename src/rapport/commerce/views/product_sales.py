"""The part of a product's page that tells how it sells, fetched after the page because it may have to count a lot."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from rapport.commerce.queries import products, sales
from rapport.core.access import actor_of
from rapport.core.clock import SYSTEM, Clock
from rapport.core.ui.charts import Chart, Series
from rapport.core.views.pages import page


@require_safe
@page("orders.view")
def product_sales(request: HttpRequest, product_id: int, clock: Clock = SYSTEM) -> HttpResponse:
    """Who bought it, who returned it, what goes with it, and how it sold over time."""
    actor = actor_of(request)
    refs = sales.refs_of(products.product_for(actor, product_id))
    months = sales.sales_by_month(actor, refs, clock.now())
    figures = sales.product_figures(actor, refs)
    context = {
        "figures": figures,
        "revenue": sales.revenue_of(actor, refs) if figures.orders else None,
        "buyers": sales.buyers_of(actor, refs),
        "returners": sales.buyers_of(actor, refs, returned=True) if figures.returned else [],
        "companions": sales.bought_with(actor, refs),
        "chart": _chart(months) if any(month.bought or month.returned for month in months) else None,
    }
    return render(request, "commerce/product_sales.html", context)


def _chart(months: list[sales.MonthOfSales]) -> Chart:
    bought = Series(_("Bought"), [month.bought for month in months])
    returned = Series(_("Returned"), [month.returned for month in months])
    return Chart(
        "line", _("Month"), [month.month for month in months], [bought, returned], y_name=_("Pieces")
    )
