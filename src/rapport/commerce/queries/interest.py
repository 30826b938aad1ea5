"""Whom a product concerns: people who viewed it, put it into a cart or on a wish list, or bought it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from rapport.commerce.models import Variant
from rapport.core import clickhouse
from rapport.people.queries import survivor_of

# So far back does interest count.
REACH = dt.timedelta(days=90)
# What events of the e-commerce specification say of a person and a product. The second ends the first.
EVENTS = {
    "viewed": (("Product Viewed", "Product Clicked", "Product Shared"), ("Order Completed",)),
    "wished": (
        ("Product Added to Wishlist",),
        ("Product Removed from Wishlist", "Wishlist Product Added to Cart", "Order Completed"),
    ),
    "carted": (("Product Added", "Wishlist Product Added to Cart"), ("Product Removed", "Order Completed")),
    "bought": (("Order Completed",), ("Order Cancelled", "Order Refunded")),
}
# The strongest of several is the reason.
STRENGTH = ("carted", "wished", "viewed", "bought")
_IDS = ("product_id", "sku", "variant_id", "variant")
_SINGLE = ", ".join(f"CAST(properties.{name}, 'Nullable(String)')" for name in _IDS)
_LISTED = ", ".join(
    f"arrayMap(x -> CAST(x, 'Nullable(String)'), properties.products[].{name})" for name in _IDS
)


def _last(events: Iterable[str]) -> str:
    names = ", ".join(f"'{name}'" for name in events)
    return f"maxIf(at, event IN ({names}))" if names else "toDateTime64(0, 3, 'UTC')"


_FIGURES = ", ".join(
    f"{_last(begun)} AS {kind}, {_last(ended)} AS {kind}_ended" for kind, (begun, ended) in EVENTS.items()
)
# Only ids that are asked for leave the inner query.
_STATEMENT = f"""
    SELECT key, person_id, {_FIGURES} FROM (
        SELECT person_id, at, event,
               arrayJoin(arrayIntersect(arrayConcat([{_SINGLE}], {_LISTED}), {{keys:Array(String)}})) AS key
        FROM events WHERE event IN {{events:Array(String)}} AND at > {{since:DateTime64(3, 'UTC')}}
    ) GROUP BY key, person_id
"""
_TIMES = [name for kind in EVENTS for name in (kind, f"{kind}_ended")]
_ALL = sorted({event for lists in EVENTS.values() for events in lists for event in events})


def keys_of(variant: Variant) -> set[str]:
    """By which ids events may name it: those of the product, of the variant, and its SKU."""
    return {variant.product.external_id, variant.external_id, variant.sku} - {""}


def concerned(groups: Mapping[int, Collection[str]], now: dt.datetime) -> dict[int, dict[uuid.UUID, str]]:
    """{group: {person: viewed, wished, carted or bought}} for groups of ids that mean the same thing to buy.

    People as they are today.
    """
    keys = {key for group in groups.values() for key in group}
    if not keys:
        return {}
    rows = clickhouse.rows(_STATEMENT, {"keys": sorted(keys), "events": _ALL, "since": now - REACH})
    survivors = survivor_of({row["person_id"] for row in rows})
    by_key: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["person_id"] in survivors:
            by_key[row["key"]].append(row)
    return {
        group: _reasons((row for key in named for row in by_key[key]), survivors)
        for group, named in groups.items()
    }


def _reasons(rows: Iterable[dict[str, Any]], survivors: dict[uuid.UUID, uuid.UUID]) -> dict[uuid.UUID, str]:
    """The strongest reason of each person by the last time of everything they did."""
    last: dict[uuid.UUID, dict[str, dt.datetime]] = defaultdict(dict)
    for row in rows:
        times = last[survivors[row["person_id"]]]
        for name in _TIMES:
            times[name] = max(row[name], times.get(name, row[name]))
    reasons = {person: _strongest(times) for person, times in last.items()}
    return {person: reason for person, reason in reasons.items() if reason}


def _strongest(times: dict[str, dt.datetime]) -> str:
    lasting = (kind for kind in STRENGTH if times[kind].year > 1970 and times[kind] >= times[f"{kind}_ended"])
    return next(lasting, "")
