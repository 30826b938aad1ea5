"""Products as a shop has them now: an older word changes nothing, and what is gone there is gone here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rapport.commerce.models import Product, Variant
from rapport.commerce.services import products
from rapport.commerce.services.items import Item
from rapport.connectors.models import Connector, RecordVersion
from rapport.connectors.registry import Resource
from rapport.core import sql

# What a shop says is newer than that has a wrong clock; it would be the last word for ever.
AHEAD = dt.timedelta(days=1)
# If more than this share of all products is missing in a full reading, it is not believed.
MOST_MISSING = 0.5
# An older word of a product that is gone may come as late as this.
LATEST = dt.timedelta(days=7)
BLOCK = 1_000
_NEWER = """
    INSERT INTO connectors_recordversion (connector_id, resource, external_id, changed_at, seen_at, is_gone)
    SELECT %b, %b, name, changed, %b, false
    FROM unnest(%b::text[], %b::timestamptz[]) AS given (name, changed) ORDER BY name
    ON CONFLICT (connector_id, resource, external_id) DO UPDATE SET
        changed_at = greatest(connectors_recordversion.changed_at, EXCLUDED.changed_at), seen_at = EXCLUDED.seen_at,
        is_gone = connectors_recordversion.is_gone AND connectors_recordversion.changed_at > EXCLUDED.changed_at
    RETURNING external_id, changed_at
"""


@dataclass(slots=True)
class Goods:
    """What a record says of the catalogue, and when it was so."""

    changed_at: dt.datetime | None = None
    items: list[Item] = field(default_factory=list)


def write(
    connector: Connector, resource: Resource, goods: Mapping[str, Goods], now: dt.datetime, *, announce: bool
) -> None:
    """What of these records is no older than what is there; in the caller's transaction, whose locks it takes."""
    if not goods:
        return
    moments = {name: min(entry.changed_at or now, now + AHEAD) for name, entry in goods.items()}
    values = [connector.pk, resource.key, now, list(moments), list(moments.values())]
    newest = {name: at for name, at in sql.run(_NEWER, values) if at <= moments[name]}
    items = [item for name in newest for item in goods[name].items]
    shop = products.catalogue(connector.store)
    if resource.gone:
        items += _gone_variants(shop.pk, items)
    # The last word for each: two rows of one variant in a block would be written twice.
    distinct = {(item.product, item.variant): item for item in items}
    if distinct:
        products.write(shop=shop, items=list(distinct.values()), announce=announce, now=now)


def _gone_variants(catalogue: int, items: Iterable[Item]) -> list[Item]:
    """Variants that a product has no more: a record names all of them."""
    named: dict[str, set[str]] = {}
    for item in items:
        if item.variant:
            named.setdefault(item.product, set()).add(item.variant)
    rows = Variant.objects.filter(catalogue=catalogue, product__external_id__in=named)
    rows = rows.exclude(status=Product.Status.GONE)
    return [
        Item(product=product, variant=variant, status="gone")
        for product, variant in rows.values_list("product__external_id", "external_id")
        if variant not in named[product]
    ]


def drop_missing(connector: Connector, resource: Resource, began: dt.datetime, now: dt.datetime) -> int:
    """After all was read since `began`: products that were not met any more are gone; how many."""
    if resource.gone is None:
        return 0
    rows = RecordVersion.objects.filter(connector=connector, resource=resource.key)
    rows.filter(is_gone=True, seen_at__lt=began - LATEST).delete()
    unread = connector.left_out.filter(resource=resource.key).values("external_id")
    there = rows.filter(is_gone=False)
    missing = list(
        there.filter(seen_at__lt=began).exclude(external_id__in=unread).values_list("external_id", flat=True)
    )
    if not missing or len(missing) > max(there.count() * MOST_MISSING, 1):
        return 0
    return forget(connector, resource, missing, now)


def forget(connector: Connector, resource: Resource, names: Sequence[str], now: dt.datetime) -> int:
    """Records that are not there any more; of how many something was known."""
    if resource.gone is None:
        return 0
    rows = RecordVersion.objects.filter(connector=connector, resource=resource.key)
    count = 0
    for start in range(0, len(names), BLOCK):
        block = rows.filter(external_id__in=names[start : start + BLOCK])
        met = list(block.values_list("external_id", flat=True))
        goods = {name: Goods(now, resource.gone(name).items) for name in met}
        write(connector, resource, goods, now, announce=False)
        block.filter(changed_at__lte=now).update(is_gone=True)
        count += len(goods)
    return count
