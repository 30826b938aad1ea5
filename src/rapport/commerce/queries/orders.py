"""Reads of orders, carts, returns and subscriptions: as far as the actor may see the persons they are of."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.http import Http404
from django.shortcuts import get_object_or_404

from rapport.commerce.models import Cart, Order, OrderFile, OrderLine, OrderSettings, Return, Subscription
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


def of_people(actor: Actor, permission: str = SEE) -> Q:
    """The condition that a cart or a subscription is of somebody whom the permission covers."""
    if actor.reach(permission) is Reach.ALL:
        return Q()
    return Q(person__in=Person.objects.visible_to(actor, permission).values("pk"))


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


def numbered(rows: QuerySet[Order], text: str) -> QuerySet[Order]:
    """Those whose number holds the text, or whose other id in the shop it is."""
    return rows.filter(Q(number__icontains=text) | (~Q(external_id=F("number")) & Q(external_id=text)))


def with_problems(rows: QuerySet[Order]) -> QuerySet[Order]:
    """Says of each whether something about its events could not be read."""
    return rows.annotate(has_problems=~Q(problems=[]))


def order_for(actor: Actor, order_id: uuid.UUID) -> Order:
    """Raises Http404."""
    return get_object_or_404(orders(actor), pk=order_id)


def orders_of(actor: Actor, person: Person) -> QuerySet[Order]:
    """Orders of a person, as far as the actor may see them: to see the person is another right."""
    return orders(actor).filter(person=person)


def carts(actor: Actor) -> QuerySet[Cart]:
    """Carts with something in them, the one that moved last first."""
    _require(actor)
    rows = Cart.objects.exclude(state=Cart.State.EMPTY).select_related("person", "order")
    return rows.filter(of_people(actor)).order_by("-changed_at", "id")


def cart_for(actor: Actor, cart_id: uuid.UUID) -> Cart:
    """Raises Http404."""
    return get_object_or_404(carts(actor), pk=cart_id)


def returns(actor: Actor) -> QuerySet[Return]:
    """Returns and exchanges, newest first."""
    _require(actor)
    rows = Return.objects.filter(reachable(actor, path="order__"))
    return rows.select_related("order__person").order_by("-at", "id")


def lines(actor: Actor) -> QuerySet[OrderLine]:
    """Lines of orders, those written last first."""
    _require(actor)
    rows = OrderLine.objects.filter(reachable(actor, path="order__"))
    return rows.select_related("order__person").order_by("-id")


def subscriptions(actor: Actor) -> QuerySet[Subscription]:
    """Orders that repeat, the one that began last first."""
    _require(actor)
    rows = Subscription.objects.filter(of_people(actor)).select_related("person")
    return rows.order_by("-started_at", "id")


def subscription_for(actor: Actor, subscription_id: uuid.UUID) -> Subscription:
    """Raises Http404."""
    return get_object_or_404(subscriptions(actor), pk=subscription_id)


def orders_of_subscription(actor: Actor, row: Subscription) -> QuerySet[Order]:
    """The orders that name it, newest first."""
    return orders(actor).filter(store=row.store, subscription_ref=row.external_id)


def subscription_of(actor: Actor, order: Order) -> Subscription | None:
    """The one that an order names."""
    rows = subscriptions(actor).filter(store=order.store, external_id=order.subscription_ref)
    return rows.first() if order.subscription_ref else None


def subscriptions_of(actor: Actor, person: Person) -> QuerySet[Subscription]:
    """Subscriptions of a person, as far as the actor may see them."""
    return subscriptions(actor).filter(person=person)


def order_files(actor: Actor) -> QuerySet[OrderFile]:
    """Files of orders, newest first: they name people of all kinds, so only those who may edit orders see them."""
    actor.require("orders.edit")
    return OrderFile.objects.select_related("job").order_by("-created_at", "id")


def order_file_for(actor: Actor, file_id: int) -> OrderFile:
    """Raises Http404."""
    return get_object_or_404(order_files(actor), pk=file_id)


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


def values_of(actor: Actor, person: Person) -> list[Value]:
    """By currency, the most first: amounts in two currencies are never added up."""
    placed = orders_of(actor, person).order_by()
    counted = Count("pk", filter=~(Q(state__in=Order.NOT_STANDING) | Q(payment_state=Order.Payment.FAILED)))
    rows = placed.values("currency").annotate(
        orders=counted, net_sum=Sum("net"), refunded_sum=Sum("refunded"), last=Max("placed_at")
    )
    values = [
        Value(row["currency"], row["orders"], row["net_sum"], row["refunded_sum"], row["last"])
        for row in rows
    ]
    return sorted(values, key=lambda value: (-value.net, value.currency))
