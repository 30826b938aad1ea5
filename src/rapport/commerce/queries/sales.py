"""How a product sells: who bought it, what came back, what stands beside it in orders."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Count, DecimalField, F, Max, Q, QuerySet, Sum
from django.db.models.functions import NullIf, TruncDate, TruncMonth
from django.http import Http404

from rapport.commerce.models import Order, OrderLine, Product
from rapport.commerce.queries import exchange_rates
from rapport.commerce.queries.orders import SEE, reachable
from rapport.core.access import Actor
from rapport.core.queries import workspace
from rapport.people.queries import visible_ids

NEWEST = 2_000


class Named(NamedTuple):
    """What a store's orders may call a product."""

    store: str
    refs: Sequence[str]


@dataclass(frozen=True, slots=True)
class ProductFigures:
    """How a product sells: `buyers` are persons, `bought` and `returned` pieces."""

    orders: int
    buyers: int
    bought: Decimal
    returned: Decimal

    @property
    def return_rate(self) -> Decimal | None:
        return self.returned / self.bought if self.bought > 0 else None


@dataclass(frozen=True, slots=True)
class Purchase:
    """A line of an order with the product; `may_see_person` says whether its person may be named."""

    line: OrderLine
    may_see_person: bool


@dataclass(frozen=True, slots=True)
class Companion:
    """What was bought together with a product: in how many orders, and in which share of those looked at."""

    product_ref: str
    name: str
    product_id: int | None
    orders: int
    share: float


@dataclass(frozen=True, slots=True)
class MonthOfSales:
    """Pieces of one month."""

    month: dt.date
    bought: Decimal
    returned: Decimal


def refs_of(product: Product) -> Named:
    """What its shop may call it in its orders: its own id, those of its variants, their SKUs."""
    names = {product.external_id}
    for variant in product.variants.all():
        names |= {variant.external_id, variant.sku}
    return Named(product.catalogue.store, sorted(names - {""}))


def _lines_of(actor: Actor, named: Named) -> QuerySet[OrderLine]:
    """Another shop may use the same ids; feeds often know a product by its SKU where orders have a number, too."""
    if not actor.may(SEE):
        raise Http404
    by_sku = Q(sku__in=named.refs) & OrderLine.HAS_OWN_SKU
    lines = OrderLine.objects.filter(Q(product_ref__in=named.refs) | by_sku, order__store=named.store)
    failed = Q(order__payment_state=Order.Payment.FAILED)
    return lines.exclude(failed | Q(order__state__in=Order.NOT_STANDING)).filter(
        reachable(actor, path="order__")
    )


def product_figures(actor: Actor, named: Named) -> ProductFigures:
    """Of a product by what shops call it; of orders that stand and that the actor may see."""
    sums = _lines_of(actor, named).aggregate(
        orders=Count("order", distinct=True), buyers=Count("order__person", distinct=True),
        bought=Sum("quantity"), returned=Sum("returned"),
    )  # fmt: skip
    return ProductFigures(
        sums["orders"], sums["buyers"], sums["bought"] or Decimal(0), sums["returned"] or Decimal(0)
    )


def revenue_of(actor: Actor, named: Named) -> exchange_rates.Total:
    """What was paid for the pieces that were kept, in the business's currency."""
    kept = F("amount") * (F("quantity") - F("returned")) / NullIf(F("quantity"), Decimal(0))
    rows = _lines_of(actor, named).annotate(day=TruncDate("order__placed_at", tzinfo=dt.UTC)).order_by()
    sums = rows.values_list("day", "order__currency").annotate(paid=Sum(kept, output_field=DecimalField()))
    amounts = [(day, code, paid or Decimal(0)) for day, code, paid in sums]
    return exchange_rates.total(amounts, workspace().currency)


def sales_by_month(actor: Actor, named: Named, now: dt.datetime, months: int = 24) -> list[MonthOfSales]:
    """Pieces bought and returned by the month of the order, oldest first; months without any are zero."""
    zone = ZoneInfo(workspace().time_zone)
    today = now.astimezone(zone)
    begins = [dt.date(today.year, today.month, 1)]
    while len(begins) < months:
        begins.append((begins[-1] - dt.timedelta(days=1)).replace(day=1))
    since = dt.datetime.combine(begins[-1], dt.time(), zone)
    rows = _lines_of(actor, named).filter(order__placed_at__gte=since)
    rows_by_month = rows.annotate(month=TruncMonth("order__placed_at", tzinfo=zone)).values("month")
    sums = {
        row["month"].date(): row
        for row in rows_by_month.annotate(pieces=Sum("quantity"), back=Sum("returned")).order_by("month")
    }
    empty = {"pieces": Decimal(0), "back": Decimal(0)}
    return [
        MonthOfSales(month, sums.get(month, empty)["pieces"], sums.get(month, empty)["back"])
        for month in reversed(begins)
    ]


def buyers_of(actor: Actor, named: Named, limit: int = 10, *, returned: bool = False) -> list[Purchase]:
    """The newest lines with this product, or only those of which something came back."""
    rows = _lines_of(actor, named)
    if returned:
        rows = rows.filter(returned__gt=0)
    lines = list(rows.select_related("order__person").order_by("-order__placed_at", "-pk")[:limit])
    people = {line.order.person_id for line in lines if line.order.person_id}
    visible: set[uuid.UUID] = set(visible_ids(actor, list(people))) if people else set()
    return [Purchase(line, line.order.person_id in visible) for line in lines]


def bought_with(actor: Actor, named: Named, limit: int = 10, newest: int = NEWEST) -> list[Companion]:
    """What stands most often in the newest orders with this product."""
    by_time = _lines_of(actor, named).order_by("-order__placed_at", "-pk")
    orders = set(by_time.values_list("order_id", flat=True)[:newest])
    lines = OrderLine.objects.filter(order_id__in=orders, quantity__gt=0).exclude(
        product_ref__in=["", *named.refs]
    )
    rows = lines.values("product_ref").annotate(orders=Count("order", distinct=True), shown=Max("name"))
    top = list(rows.order_by("-orders", "product_ref")[:limit])
    ours = Product.objects.filter(catalogue__store=named.store)
    in_catalogue = dict(
        ours.filter(external_id__in=[row["product_ref"] for row in top]).values_list("external_id", "pk")
    )
    return [
        Companion(
            row["product_ref"], row["shown"] or row["product_ref"], in_catalogue.get(row["product_ref"]),
            row["orders"], row["orders"] / len(orders),
        )
        for row in top
    ]  # fmt: skip
