"""The catalogue's pages: the list of products, one product with its history, the categories."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.commerce.models import Category, Price, Product, Stock
from rapport.commerce.queries import products as queries
from rapport.core.access import actor_of
from rapport.core.clock import SYSTEM, Clock
from rapport.core.templatetags.ui import badge
from rapport.core.ui import formats
from rapport.core.ui.charts import Chart, Series
from rapport.core.ui.lists import ChoiceFilter, Column, DateFilter, ListPage, TextFilter
from rapport.core.views.pages import page

TONES = {"active": "good", "draft": "", "gone": "warn"}
HISTORY = 200
# Some products have thousands; a page has room for these.
VARIANTS = 100


class ProductList(ListPage):
    name = "products"
    title = gettext_lazy("Products")
    template = "commerce/products.html"
    default_sort = "-changed_at"
    search_in = ("title",)
    export_permission = "products.view"
    empty = (
        gettext_lazy("No products yet"),
        gettext_lazy("They come from a feed of your shop, or over the API."),
    )
    columns = (
        Column("title", gettext_lazy("Title"), sort="title", main=True, value=str),
        Column(
            "status",
            gettext_lazy("State"),
            cell=lambda row: badge(row.get_status_display(), TONES[row.status]),
        ),
        Column("price", gettext_lazy("Price"), value=lambda row: row.price_text, num=True),
        Column("stock", gettext_lazy("Stock"), value=lambda row: row.stock_text, num=True),
        Column("category", gettext_lazy("Category"), value="category.path"),
        Column("brand", gettext_lazy("Brand")),
        Column("external_id", gettext_lazy("Id"), shown=False),
        Column("type", gettext_lazy("Kind"), value="get_type_display", shown=False),
        Column("added_at", gettext_lazy("Added"), shown=False),
        Column("changed_at", gettext_lazy("Changed"), sort="changed_at"),
    )
    filters = (
        TextFilter("title", gettext_lazy("Title")),
        TextFilter("brand", gettext_lazy("Brand")),
        TextFilter("category", gettext_lazy("Category"), "category__path"),
        ChoiceFilter("status", gettext_lazy("State"), choices=Product.Status.choices),
        ChoiceFilter("type", gettext_lazy("Kind"), choices=Product.Type.choices),
        DateFilter("added_at", gettext_lazy("Added")),
        DateFilter("changed_at", gettext_lazy("Changed")),
    )

    def rows(self) -> Any:
        return queries.products(self.actor)

    def search(self, rows: Any, text: str) -> Any:
        return queries.search(rows, text)

    def prepare(self, rows: list[Any]) -> None:
        prices, stock = queries.offers_of(rows)
        for row in rows:
            row.price_text = price_text(prices.get(row.pk, []))
            row.stock_text = stock_text(stock.get(row.pk, "unknown"))

    def context(self) -> dict[str, Any]:
        return {"may_edit": self.actor.may("products.edit")}

    def url(self, row: Product) -> str:
        return reverse("commerce:product", args=[row.pk])


def price_text(prices: list[Price], clock: Clock = SYSTEM) -> str:
    """“£9.50”, or “from £9.50” where variants differ; in the first of several currencies."""
    if not prices:
        return ""
    now = clock.now()
    charged = sorted(price.at(now) for price in prices if price.currency == prices[0].currency)
    lowest = formats.money(charged[0], prices[0].currency)
    return lowest if charged[0] == charged[-1] else _("from %(price)s") % {"price": lowest}


def stock_text(number: int | str | None) -> str:
    """How many there are; “some” where nobody counts, nothing where nobody says."""
    if number is None:
        return _("in stock")
    return formats.number(number) if isinstance(number, int) else ""


@page("products.view")
def product_list(request: HttpRequest) -> HttpResponseBase:
    return ProductList(request).respond()


@page("products.view")
def product(request: HttpRequest, product_id: int, clock: Clock = SYSTEM) -> HttpResponse:
    """One product: what is sold, at which prices, how many there are, and how that changed."""
    actor = actor_of(request)
    row = queries.product_for(actor, product_id)
    now = clock.now()
    variants = list(queries.variants_of(row)[:VARIANTS])
    for variant in variants:
        for price in variant.prices.all():
            price.charged = price.at(now)  # type: ignore[attr-defined]
    ids = [variant.pk for variant in variants]
    prices = Price.objects.filter(variant__in=ids).select_related("variant").order_by("-valid_from", "-pk")
    versions = list(prices[:HISTORY])
    context = {
        "product": row,
        "variants": variants,
        "further": row.variants.count() - len(variants),
        "prices": versions,
        "stock": list(
            Stock.objects.filter(variant__in=ids)
            .select_related("variant")
            .order_by("-valid_from", "-pk")[:20]
        ),
        "relations": queries.related(row),
        "tone": TONES[row.status],
        "may_see_orders": actor.may("orders.view"),
        "chart": _chart(versions, now),
    }
    return render(request, "commerce/product.html", context)


def _chart(prices: list[Price], now: dt.datetime) -> Chart | None:
    """The list price of the first variant for everybody, day by day of its changes; None before there were two."""
    everybody = [price for price in reversed(prices) if not price.price_list and not price.customer_group]
    first = [
        price
        for price in everybody
        if (price.variant_id, price.currency) == (everybody[0].variant_id, everybody[0].currency)
    ]
    if len(first) < 2:
        return None
    days = [price.valid_from.date() for price in first] + [now.date()]
    amounts = [price.at(price.valid_from) for price in first]
    name = first[0].currency
    return Chart("line", _("Day"), days, [Series(_("Price"), [*amounts, amounts[-1]])], y_unit=name)


@page("products.view")
def category_list(request: HttpRequest) -> HttpResponseBase:
    return CategoryList(request).respond()


class CategoryList(ListPage):
    name = "categories"
    title = gettext_lazy("Categories")
    default_sort = "path"
    search_in = ("path",)
    export_permission = "products.view"
    empty = (gettext_lazy("No categories yet"), gettext_lazy("They come with the products."))
    columns = (
        Column("path", gettext_lazy("Category"), sort="path", main=True),
        Column("catalogue", gettext_lazy("Catalogue"), value="catalogue.name"),
    )
    filters = (TextFilter("path", gettext_lazy("Category")),)

    def rows(self) -> Any:
        return queries.categories(self.actor).select_related("catalogue")

    def url(self, row: Category) -> str:
        return reverse("commerce:category", args=[row.pk])


@page("products.view")
def category(request: HttpRequest, category_id: int) -> HttpResponse:
    """A category: what stands below it, and its products."""
    actor = actor_of(request)
    row = queries.categories(actor).select_related("parent").filter(pk=category_id).first()
    if row is None:
        raise Http404
    rows = list(queries.products(actor).filter(category=row).order_by("title", "pk")[:100])
    prices, stock = queries.offers_of(rows)
    for shown in rows:
        shown.price_text = price_text(prices.get(shown.pk, []))  # type: ignore[attr-defined]
        shown.stock_text = stock_text(stock.get(shown.pk, "unknown"))  # type: ignore[attr-defined]
    context = {"category": row, "children": row.children.order_by("name"), "products": rows}
    return render(request, "commerce/category.html", context)
