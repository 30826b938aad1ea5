"""Orders, carts and subscriptions follow their person when two become one, and go back by the person of their facts."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q

from rapport.commerce.models import Cart, Order, Subscription
from rapport.commerce.services.order_facts import keeping
from rapport.people.queries import family
from rapport.people.registry import Mergeable, Pair
from rapport.people.services.moving import move_rows

TABLES = ("commerce_order", "commerce_cart", "commerce_subscription")


def merge(pairs: list[Pair]) -> dict[uuid.UUID, Any]:
    """Moves the rows, and remembers which."""
    moved = move_rows(TABLES, pairs)
    _fold_carts({person for pair in pairs for person in pair})
    return dict(moved)


def unmerge(pair: Pair, snapshot: Any) -> None:
    """Gives back what was moved, and what came since from the absorbed person or those merged into them before."""
    survivor, absorbed = pair
    own = Q(home__in=family(absorbed))
    for model in (Order, Cart, Subscription):
        moved = Q(pk__in=(snapshot or {}).get(model._meta.db_table, []))
        rows: Any = model._default_manager
        rows.filter(own | moved, person_id=survivor).update(person_id=absorbed)
    _fold_carts({survivor, absorbed})


def _fold_carts(persons: set[uuid.UUID]) -> None:
    """An order of one ends the cart of the other."""
    keeping.mark(set(Cart.objects.filter(person_id__in=persons).values_list("subject", flat=True)))


MERGEABLE = Mergeable(
    "commerce",
    ("commerce.Order.person", "commerce.Cart.person", "commerce.Subscription.person"),
    merge,
    unmerge,
)
