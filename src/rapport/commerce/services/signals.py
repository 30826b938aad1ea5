"""Tells of lower prices, stock that is back or runs low, and new arrivals: one event for each person concerned."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import transaction

from rapport.commerce.models import Product, ProductSignal, Variant
from rapport.commerce.queries import interest
from rapport.core.clock import SYSTEM, Clock
from rapport.core.jobs import claim_rows
from rapport.core.services import outbox

BATCH = 200
# A new product concerns those who cared for others of its shelf, or of its brand where it stands on none.
SIBLINGS = 500


def run_once(clock: Clock = SYSTEM) -> int:
    """The worker's loop: takes a batch of signals to the people they concern; returns how many signals."""
    with transaction.atomic():
        signals = claim_rows(ProductSignal.objects.order_by("pk"), limit=BATCH)
        if signals:
            outbox.emit_many(_events(signals, clock.now()), clock=clock)
            ProductSignal.objects.filter(pk__in=[signal.pk for signal in signals]).delete()
    return len(signals)


def _events(signals: Sequence[ProductSignal], now: dt.datetime) -> Iterator[outbox.DomainEvent]:
    ids = {signal.variant_id for signal in signals}
    variants = Variant.objects.select_related("product__category", "catalogue").in_bulk(ids)
    keys = {signal.pk: _keys(signal, variants[signal.variant_id]) for signal in signals}
    people = interest.concerned(keys, now)
    for signal in signals:
        properties = described(variants[signal.variant_id]) | signal.properties
        for person, reason in people.get(signal.pk, {}).items():
            if signal.kind == ProductSignal.LOW_STOCK and reason == "bought":
                continue
            yield outbox.DomainEvent(
                signal.kind,
                person,
                {**properties, "reason": reason},
                f"product-signal-{signal.pk}-{person}",
                signal.at,
            )


def _keys(signal: ProductSignal, variant: Variant) -> set[str]:
    if signal.kind != ProductSignal.NEW_ARRIVAL:
        return interest.keys_of(variant)
    product = variant.product
    siblings = Product.objects.filter(catalogue=product.catalogue_id).exclude(pk=product.pk)
    if product.category_id:
        siblings = siblings.filter(category=product.category_id)
    elif product.brand:
        siblings = siblings.filter(brand=product.brand)
    else:
        return set()
    return set(siblings.order_by("-changed_at", "pk").values_list("external_id", flat=True)[:SIBLINGS])


def described(variant: Variant) -> dict[str, Any]:
    """A product as events of the e-commerce specification describe it."""
    product = variant.product
    image = variant.image or (product.image or {}).get("url", "")
    properties = {
        "product_id": product.external_id,
        "variant": variant.external_id,
        "sku": variant.sku,
        "name": product.title,
        "brand": product.brand,
        "category": product.category.path if product.category else "",
        "url": product.url,
        "image_url": image,
    }
    return {name: value for name, value in properties.items() if value}
