"""Reads of orders, carts, returns and subscriptions: as far as the actor may see the persons they are of."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.http import Http404
from django.shortcuts import get_object_or_404

from rapport.commerce.models import Cart, Order, OrderLine, OrderSettings, Return, Subscription
from rapport.core.access import Actor
from rapport.core.permissions import Reach
from rapport.people.models import Company, Person

SEE = "orders.view"


def reachable(actor: Actor, permission: str = SEE, path: str = "") -> Q:
    """The condition that an order, or what `path` leads from to one, is of somebody whom the permission covers.

    Orders that are nobody's are for those whose reach is all.
    """
    if actor.reach(permission) is Reach.ALL:
        return Q()
    people = Person.objects.visible_to(actor, permission)
    condition = Q(**{f"{path}person__in": people.values("pk")})
    if path or permission:
        companies = Company.objects.visible_to(actor, permission)
        return condition | Q(**{f"{path}company__in": companies.values("pk")})
    return condition


def _require(actor: Actor) -> None:
    if not actor.may(SEE):
        raise Http404


def orders(actor: Actor) -> QuerySet[Order]:
    """Orders, newest first."""
    _require(actor)
    return (
        Order.objects.filter(reachable(actor))
        .select_related("person", "company")
        .order_by("-placed_at", "id")
    )


def with_problems(rows: QuerySet[Order]) -> QuerySet[Order]:
    """Says of each whether something about its events could not be read."""
    return rows.annotate(has_problems=~Q(problems=[]))


def order_for(actor: Actor, order_id: uuid.UUID) -> Order:
    """Raises Http404."""
    return get_object_or_404(orders(actor), pk=order_id)


def orders_of(actor: Actor, person: Person) -> QuerySet[Order]:
    """Orders of a person whom the actor was found to see."""
    _require(actor)
    return Order.objects.filter(person=person).order_by("-placed_at", "id")


def carts(actor: Actor) -> QuerySet[Cart]:
    """Carts with something in them, the one that moved last first."""
    _require(actor)
    rows = Cart.objects.exclude(state=Cart.State.EMPTY).select_related("person", "order")
    if actor.reach(SEE) is not Reach.ALL:
        rows = rows.filter(person__in=Person.objects.visible_to(actor, SEE).values("pk"))
    return rows.order_by("-changed_at", "id")


def cart_for(actor: Actor, cart_id: uuid.UUID) -> Cart:
    """Raises Http404."""
    return get_object_or_404(carts(actor), pk=cart_id)


def returns(actor: Actor) -> QuerySet[Return]:
    """Returns and exchanges, newest first."""
    _require(actor)
    rows = Return.objects.filter(reachable(actor, path="order__"))
    return rows.select_related("order__person").order_by("-at", "id")


def subscriptions_of(actor: Actor, person: Person) -> QuerySet[Subscription]:
    """Subscriptions of a person whom the actor was found to see."""
    _require(actor)
    return Subscription.objects.filter(person=person).order_by("-started_at", "id")


def order_settings() -> OrderSettings:
    """The one row, or its defaults."""
    return OrderSettings.objects.first() or OrderSettings()


@dataclass(frozen=True, slots=True)
class Value:
    """What somebody bought in one currency: orders that stand, and what is left of them."""

    currency: str
    orders: int
    net: Decimal
    refunded: Decimal
    last: Any

    @property
    def average(self) -> Decimal:
        return self.net / self.orders if self.orders else Decimal(0)


def values_of(person_ids: Sequence[uuid.UUID]) -> list[Value]:
    """By currency, the most first: amounts in two currencies are never added up."""
    placed = Order.objects.filter(person_id__in=person_ids)
    counted = Count("pk", filter=~Q(state__in=[Order.State.CANCELLED, Order.State.INCOMPLETE]))
    rows = placed.values("currency").annotate(
        orders=counted, net_sum=Sum("net"), refunded_sum=Sum("refunded"), last=Max("placed_at")
    )
    values = [
        Value(row["currency"], row["orders"], row["net_sum"], row["refunded_sum"], row["last"])
        for row in rows
    ]
    return sorted(values, key=lambda value: (-value.net, value.currency))


@dataclass(frozen=True, slots=True)
class ProductFigures:
    """How a product sells: `buyers` are persons, `bought` and `returned` pieces."""

    orders: int
    buyers: int
    bought: Decimal
    returned: Decimal

    @property
    def return_rate(self) -> float | None:
        return float(self.returned / self.bought) if self.bought else None


def _lines_of(refs: Sequence[str]) -> QuerySet[OrderLine]:
    standing = OrderLine.objects.exclude(order__state__in=[Order.State.CANCELLED, Order.State.INCOMPLETE])
    return standing.filter(product_ref__in=list(refs))


def product_figures(actor: Actor, refs: Sequence[str]) -> ProductFigures:
    """Of a product by what shops call it (its number, its SKUs); of orders that stand and that the actor may see."""
    _require(actor)
    rows = _lines_of(refs).filter(reachable(actor, path="order__"))
    sums = rows.aggregate(
        orders=Count("order", distinct=True), buyers=Count("order__person", distinct=True),
        bought=Sum("quantity"), returned=Sum("returned"),
    )  # fmt: skip
    return ProductFigures(
        sums["orders"], sums["buyers"], sums["bought"] or Decimal(0), sums["returned"] or Decimal(0)
    )


def buyers_of(
    actor: Actor, refs: Sequence[str], limit: int = 20, *, returned: bool = False
) -> list[OrderLine]:
    """The newest lines with this product, or only those of which something came back."""
    _require(actor)
    rows = _lines_of(refs).filter(reachable(actor, path="order__"))
    if returned:
        rows = rows.filter(returned__gt=0)
    return list(rows.select_related("order__person").order_by("-order__placed_at", "-pk")[:limit])


def bought_with(
    actor: Actor, refs: Sequence[str], limit: int = 10, sample: int = 2_000
) -> list[dict[str, Any]]:
    """What stands most often in the newest orders with this product: {"product_ref", "name", "orders", "share"}."""
    _require(actor)
    ids = list(
        _lines_of(refs)
        .filter(reachable(actor, path="order__"))
        .order_by("-order_id")
        .values_list("order_id", flat=True)[:sample]
    )
    others = (
        OrderLine.objects.filter(order_id__in=ids).exclude(product_ref__in=list(refs)).exclude(product_ref="")
    )
    rows = others.values("product_ref").annotate(orders=Count("order", distinct=True), shown=Max("name"))
    top = rows.order_by("-orders", "product_ref")[:limit]
    total = len(set(ids)) or 1
    return [
        {
            "product_ref": row["product_ref"],
            "name": row["shown"],
            "orders": row["orders"],
            "share": row["orders"] / total,
        }
        for row in top
    ]
