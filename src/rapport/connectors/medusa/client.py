"""Medusa 2's admin API with a secret key: pages by offset, and fields that are named."""

from __future__ import annotations

import base64
import datetime as dt
from typing import Any

from rapport.connectors.asking import Api, last, records, undocumented
from rapport.connectors.registry import Cursor, Page, Raw, Settings
from rapport.connectors.telling import moment

PAGE = 50
RATE = 10.0
# A payment or a refund does not count as a change of its order there: a look reads all orders that young.
YOUNG = dt.timedelta(days=60)
FIELDS = {
    "products": (
        "id,title,description,handle,status,created_at,updated_at,*images,*categories,*type,*variants,*variants.prices,"
        "*variants.options,*variants.options.option,*variants.inventory_items,*variants.inventory_items.inventory,"
        "*variants.inventory_items.inventory.location_levels"
    ),
    "customers": (
        "id,email,first_name,last_name,phone,has_account,company_name,created_at,updated_at,metadata,*addresses,*groups"
    ),
    "orders": (
        "id,display_id,email,status,currency_code,created_at,updated_at,canceled_at,customer_id,tax_total,"
        "shipping_total,*items,*items.tax_lines,*items.adjustments,*shipping_address,*customer,"
        "*payment_collections.payments,*payment_collections.payments.captures,"
        "*payment_collections.payments.refunds,*fulfillments,*fulfillments.items,*fulfillments.labels,promotions.code,"
        "*returns,*returns.items"
    ),
}
ONE = {"products": "product", "customers": "customer", "orders": "order"}


class MedusaApi(Api):
    """Knows with what the shop's own subscriber signs."""

    webhook_secret = ""


def root_of(settings: Settings) -> str:
    return str(settings["address"]).strip().rstrip("/")


def open_api(settings: Settings) -> Api:
    key = base64.b64encode(f"{settings['secret_key']}:".encode()).decode()
    api = MedusaApi(root_of(settings), headers={"Authorization": f"Basic {key}"}, rate=RATE)
    api.webhook_secret = str(settings.get("webhook_secret") or "")
    return api


def look(api: Api) -> dict[str, Any]:
    """What the shop is called."""
    stores = api.get("/admin/stores", limit=1).part("stores")
    return {"name": stores[0]["name"] if stores else ""}


def fetch(api: Api, cursor: Cursor, resource: str) -> Page:
    """By when they were made, which never changes: what comes new stands at the end, and nothing changes places.

    A page begins with the last row of the one before, so that one that was deleted meanwhile moves none out of sight.
    After the orders that changed, a look reads the young ones.
    """
    offset, since = int(cursor.get("offset", 0)), moment(cursor.get("since"))
    query: dict[str, Any] = {
        "limit": PAGE,
        "offset": offset,
        "fields": FIELDS[resource],
        "order": "created_at",
    }
    if since:
        name, beginning = ("created_at", since - YOUNG) if cursor.get("young") else ("updated_at", since)
        query[f"{name}[$gte]"] = beginning.isoformat()
    answer = api.get(f"/admin/{resource}", **query)
    rows, total = records(answer.part(resource)), int(answer.part("count"))
    more: Cursor | None = None
    if not rows and offset < total:
        raise undocumented()
    if offset + len(rows) < total:
        more = {**cursor, "offset": offset + max(len(rows) - 1, 1), "last": last(rows)}
    elif since and resource == "orders" and not cursor.get("young"):
        more = {"since": cursor["since"], "young": True}
    is_again = bool(rows) and rows[0].get("id") == cursor.get("last")
    return Page(rows[is_again:], more, None if since else total)


def single(api: Api, id: str, resource: str) -> Raw:
    row: Raw = api.get(f"/admin/{resource}/{id}", fields=FIELDS[resource]).part(ONE[resource])
    return row
