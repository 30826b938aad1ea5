"""Products as messages show them, and which ones matter to a person."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import Prefetch, Q

from rapport.commerce.models import Price, Product, Stock, Variant
from rapport.commerce.queries.interest import EVENTS, REACH
from rapport.core import clickhouse
from rapport.core.process_cache import kept_for
from rapport.people.queries import families

Card = dict[str, Any]
# So many of a list at most: a message keeps what it showed.
MOST = 12
_IDS = "CAST(properties.product_id, 'Nullable(String)'), CAST(properties.sku, 'Nullable(String)')"
_LISTED = (
    "arrayMap(x -> CAST(x, 'Nullable(String)'), properties.products[].product_id),"
    " arrayMap(x -> CAST(x, 'Nullable(String)'), properties.products[].sku)"
)
_OF_PERSONS = f"""
    SELECT person_id, key, maxIf(at, event IN {{begun:Array(String)}}) AS last,
           maxIf(at, event IN {{ended:Array(String)}}) AS over
    FROM (SELECT person_id, at, event, arrayJoin(arrayConcat([{_IDS}], {_LISTED})) AS key FROM events
          WHERE person_id IN {{persons:Array(UUID)}} AND event IN {{events:Array(String)}}
            AND at > {{since:DateTime64(3, 'UTC')}})
    WHERE key IS NOT NULL AND key != '' GROUP BY person_id, key HAVING last > over
    ORDER BY last DESC LIMIT {{most:UInt32}} BY person_id
"""
_TOP = f"""
    SELECT key, count() AS times FROM
    (SELECT arrayJoin(arrayConcat({_LISTED})) AS key FROM events
     WHERE event = 'Order Completed' AND at > {{since:DateTime64(3, 'UTC')}})
    WHERE key IS NOT NULL AND key != '' GROUP BY key ORDER BY times DESC, key LIMIT {{most:UInt32}}
"""
TOP_DAYS = 30


def of_persons(
    person_ids: Sequence[uuid.UUID], kind: str, now: dt.datetime, language: str = ""
) -> dict[uuid.UUID, list[Card]]:
    """{person: what they viewed, wished, carted or bought (`kind`) in the last 90 days, newest first}.

    Only what is on sale. What is over (bought after it was carted, say) is left out.
    """
    begun, ended = EVENTS[kind]
    family = {member: root for root, members in families(person_ids).items() for member in members}
    bound = {
        "persons": list(family), "begun": list(begun), "ended": list(ended), "events": [*begun, *ended],
        "since": now - REACH, "most": MOST * 3,
    }  # fmt: skip
    keys: dict[uuid.UUID, list[str]] = {person_id: [] for person_id in person_ids}
    rows = clickhouse.rows(_OF_PERSONS, bound) if family else []
    for row in sorted(rows, key=lambda row: row["last"], reverse=True):
        keys[family[row["person_id"]]].append(row["key"])
    cards = by_key({key for wanted in keys.values() for key in wanted}, now, language)
    return {person_id: _chosen(cards, wanted) for person_id, wanted in keys.items()}


@kept_for(300.0)
def _top_keys(since: dt.datetime) -> list[str]:
    return [row["key"] for row in clickhouse.rows(_TOP, {"since": since, "most": MOST * 3})]


def top(now: dt.datetime, language: str = "") -> list[Card]:
    """What was bought most often in the last 30 days."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    keys = _top_keys(midnight - dt.timedelta(days=TOP_DAYS))
    return _chosen(by_key(keys, now, language), keys)


def newest(now: dt.datetime, language: str = "") -> list[Card]:
    """What came into the catalogue last."""
    rows = _with_offers(Product.objects.filter(status=Product.Status.ACTIVE)).order_by("-added_at", "-id")[
        :MOST
    ]
    return [card(row, now, language) for row in rows]


def by_key(keys: Collection[str], now: dt.datetime, language: str = "") -> dict[str, Card]:
    """{id of a product or variant, or SKU, as events have it: card} of what is on sale."""
    if not keys:
        return {}
    named = Q(external_id__in=keys) | Q(variants__external_id__in=keys) | Q(variants__sku__in=keys)
    rows = _with_offers(Product.objects.filter(named, status=Product.Status.ACTIVE).distinct())
    cards: dict[str, Card] = {}
    for row in rows:
        own = card(row, now, language)
        names = {row.external_id}
        for variant in row.variants.all():
            names |= {variant.external_id, variant.sku}
        cards |= dict.fromkeys(names & set(keys), own)
    return cards


def card(product: Product, now: dt.datetime, language: str = "") -> Card:
    """`product` with its offers read, as a template sees it: `price` and `was` are decimal numbers as text.

    `was` is the price before a sale that runs now, or empty.
    """
    texts = product.texts.get(language) or product.texts.get(language.partition("-")[0]) or {}
    prices = [price for variant in product.variants.all() for price in variant.prices.all()]
    cheapest = min(prices, key=lambda price: price.at(now), default=None)
    current = cheapest.at(now) if cheapest else None
    stock = [row for variant in product.variants.all() for row in variant.stock.all()]
    image = product.image or {}
    return {
        "id": product.external_id,
        "title": texts.get("title") or product.title,
        "url": texts.get("url") or product.url,
        "image": image.get("url", ""),
        "alt": image.get("alt") or product.title,
        "brand": product.brand,
        "price": str(current) if current is not None else "",
        "was": str(cheapest.amount) if cheapest and current is not None and current < cheapest.amount else "",
        "currency": cheapest.currency if cheapest else "",
        "in_stock": not stock or any(row.available is None or row.available > 0 for row in stock),
    }


def _with_offers(rows: Any) -> Any:
    everybody = Price.objects.filter(valid_until=None, price_list="", customer_group="").order_by("currency")
    variants = Variant.objects.filter(status=Product.Status.ACTIVE).order_by("pk")
    return rows.prefetch_related(
        Prefetch("variants", variants),
        Prefetch("variants__prices", everybody),
        Prefetch("variants__stock", Stock.objects.filter(valid_until=None)),
    )


def _chosen(cards: dict[str, Card], keys: Sequence[str]) -> list[Card]:
    """In the order of the keys, each product once."""
    chosen = {cards[key]["id"]: cards[key] for key in reversed(keys) if key in cards}
    order = dict.fromkeys(cards[key]["id"] for key in keys if key in cards)
    return [chosen[product_id] for product_id in order][:MOST]
