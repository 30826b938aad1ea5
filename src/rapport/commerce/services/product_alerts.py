"""Tells of lower prices, stock that is back or runs low, and new arrivals: one event for each person concerned."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import transaction

from rapport.commerce.models import Product, ProductAlert, Variant
from rapport.commerce.queries import interest
from rapport.core.clock import SYSTEM, Clock
from rapport.core.jobs import claim_rows
from rapport.core.services import outbox

BATCH = 200
# A new product concerns those who cared for others in its category, or of its brand where it has none.
SIBLINGS = 500


def run_once(clock: Clock = SYSTEM) -> int:
    """The worker's loop: takes a batch of alerts to the people they concern; returns how many alerts."""
    with transaction.atomic():
        alerts = claim_rows(ProductAlert.objects.order_by("pk"), limit=BATCH)
        if alerts:
            outbox.emit_many(_events(alerts, clock.now()), clock=clock)
            ProductAlert.objects.filter(pk__in=[alert.pk for alert in alerts]).delete()
    return len(alerts)


def _events(alerts: Sequence[ProductAlert], now: dt.datetime) -> Iterator[outbox.DomainEvent]:
    ids = {alert.variant_id for alert in alerts}
    variants = Variant.objects.select_related("product__category", "catalogue").in_bulk(ids)
    keys = {alert.pk: _keys(alert, variants[alert.variant_id]) for alert in alerts}
    people = interest.concerned(keys, now)
    for alert in alerts:
        properties = described(variants[alert.variant_id]) | alert.properties
        for person, reason in people.get(alert.pk, {}).items():
            if alert.kind == ProductAlert.LOW_STOCK and reason == "bought":
                continue
            yield outbox.DomainEvent(
                alert.kind,
                person,
                {**properties, "reason": reason},
                f"product-alert-{alert.pk}-{person}",
                alert.at,
            )


def _keys(alert: ProductAlert, variant: Variant) -> set[str]:
    if alert.kind != ProductAlert.NEW_ARRIVAL:
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
