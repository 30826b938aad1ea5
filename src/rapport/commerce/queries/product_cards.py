"""Products as messages show them, and which ones matter to a person."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import Prefetch

from rapport.commerce.models import Catalogue, Price, Product, Stock, Variant
from rapport.commerce.queries.interest import EVENTS, REACH
from rapport.core import clickhouse
from rapport.core.process_cache import kept_for
from rapport.core.queries import workspace
from rapport.people.queries import families

Card = dict[str, Any]
# So many of a list at most: a message keeps what it showed.
MOST, MOST_LOOKED_AT = 12, 200
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
    WHERE key IS NOT NULL AND key != '' GROUP BY person_id, key
    ORDER BY greatest(last, over) DESC LIMIT {{most:UInt32}} BY person_id
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
        "since": now - REACH, "most": MOST_LOOKED_AT,
    }  # fmt: skip
    rows = clickhouse.rows(_OF_PERSONS, bound) if family else []
    cards = by_key({row["key"] for row in rows}, now, language)
    # Events keep the id they came with, and name a product by any of its keys: all are joined before they are compared.
    times: dict[uuid.UUID, dict[str, tuple[dt.datetime, dt.datetime]]] = {pk: {} for pk in person_ids}
    for row in rows:
        if row["key"] in cards:
            own, card_id = times[family[row["person_id"]]], cards[row["key"]]["id"]
            last, over = own.get(card_id, (row["last"], row["over"]))
            own[card_id] = (max(last, row["last"]), max(over, row["over"]))
    by_id = {own["id"]: own for own in cards.values()}
    return {
        person_id: [
            by_id[card_id]
            for card_id, (last, over) in sorted(own.items(), key=lambda item: item[1][0], reverse=True)
            if last > over
        ][:MOST]
        for person_id, own in times.items()
    }


@kept_for(300.0)
def _top_keys(since: dt.datetime) -> list[str]:
    return [row["key"] for row in clickhouse.rows(_TOP, {"since": since, "most": MOST * 3})]


def top(now: dt.datetime, language: str = "") -> list[Card]:
    """What was bought most often in the last 30 days."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    keys = _top_keys(midnight - dt.timedelta(days=TOP_DAYS))
    return _chosen(by_key(keys, now, language), keys)


@kept_for(60.0)
def _newest_ids() -> list[int]:
    rows = Product.objects.filter(status=Product.Status.ACTIVE).order_by("-added_at", "-id")
    return list(rows.values_list("pk", flat=True)[:MOST])


def newest(now: dt.datetime, language: str = "") -> list[Card]:
    """What came into the catalogue last."""
    rows = _with_offers(Product.objects.filter(pk__in=_newest_ids())).order_by("-added_at", "-id")
    home = workspace().currency
    return [card(row, now, language, home) for row in rows]


def by_key(keys: Collection[str], now: dt.datetime, language: str = "") -> dict[str, Card]:
    """{id of a product or variant, or SKU, as events have it: card} of what is on sale."""
    if not keys:
        return {}
    # Asked one by one, because each has an index of its own.
    own_ids = {"catalogue__in": list(Catalogue.objects.values_list("pk", flat=True)), "external_id__in": keys}
    named = {
        *Product.objects.filter(**own_ids).values_list("pk", flat=True),
        *Variant.objects.filter(**own_ids).values_list("product_id", flat=True),
        *Variant.objects.filter(sku__in=keys).values_list("product_id", flat=True),
    }
    rows = _with_offers(Product.objects.filter(pk__in=named, status=Product.Status.ACTIVE)) if named else []
    cards: dict[str, Card] = {}
    home = workspace().currency
    for row in rows:
        own = card(row, now, language, home)
        names = {row.external_id}
        for variant in row.variants.all():
            names |= {variant.external_id, variant.sku}
        cards |= dict.fromkeys(names & set(keys), own)
    return cards


def card(product: Product, now: dt.datetime, language: str = "", home: str = "") -> Card:
    """`product` with its offers read, as a template sees it: `price` and `was` are decimal numbers as text.

    `was` is the price before a sale that runs now, or empty. Prices are in the currency `home` where there are any.
    """
    texts = product.texts.get(language) or product.texts.get(language.partition("-")[0]) or {}
    prices = [price for variant in product.variants.all() for price in variant.prices.all()]
    # Only what is asked in one currency can be compared: the business's, or the first there is.
    asked_in = {price.currency for price in prices}
    currency = next((own for own in (home, *sorted(asked_in)) if own in asked_in), "")
    prices = [price for price in prices if price.currency == currency]
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
