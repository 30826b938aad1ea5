"""Magento 2's REST API: searches by criteria, integration tokens. Open Source makes no calls: it is asked."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from rapport.connectors.asking import Api, Refused, Unreachable, records, undocumented, whole
from rapport.connectors.registry import Cursor, Page, Raw, Settings
from rapport.connectors.telling import needed

PAGE = 100
# Most shops run on servers of their own.
RATE = 5.0
PATHS = {"orders": "/V1/orders", "customers": "/V1/customers/search", "products": "/V1/products"}
IDS = {"orders": "entity_id", "customers": "entity_id", "products": "entity_id"}
CONDITION = tuple[str, str, Any]


def root_of(settings: Settings) -> str:
    shop = str(settings["shop"]).strip().rstrip("/")
    return shop if shop.startswith(("https://", "http://")) else f"https://{shop}"


def open_api(settings: Settings) -> Api:
    headers = {"Authorization": f"Bearer {settings['access_token']}"}
    return Api(f"{root_of(settings)}/rest", headers=headers, rate=RATE)


def look(api: Api) -> dict[str, Any]:
    """What the first store is called and sells in."""
    stores = api.get("/V1/store/storeConfigs").rows
    if not stores:
        raise Unreachable(_("The answer is not what its documentation says; is the address right?"))
    first = stores[0]
    name = str(first.get("base_url") or "").partition("://")[2].strip("/")
    media = first.get("secure_base_media_url") or first.get("base_media_url")
    return {
        "name": name,
        "currency": first.get("base_currency_code"),
        "media": media,
        "url": first.get("base_url"),
    }


def criteria(*conditions: CONDITION, sort: str = "", size: int = PAGE, page: int = 1) -> dict[str, Any]:
    """All conditions hold. What the API calls a filter group is one condition each."""
    query: dict[str, Any] = {"searchCriteria[pageSize]": size, "searchCriteria[currentPage]": page}
    for place, (field, kind, value) in enumerate(conditions):
        at = f"searchCriteria[filterGroups][{place}][filters][0]"
        query |= {f"{at}[field]": field, f"{at}[conditionType]": kind, f"{at}[value]": value}
    if sort:
        query |= {
            "searchCriteria[sortOrders][0][field]": sort,
            "searchCriteria[sortOrders][0][direction]": "ASC",
        }
    return query


def search(api: Api, path: str, *conditions: CONDITION) -> list[Raw]:
    return list(api.get(path, **criteria(*conditions)).part("items") or [])


def fetch(api: Api, cursor: Cursor, resource: str) -> Page:
    """By ids, so that it can go on at any time, also among what changed since a moment."""
    after, id = int(cursor.get("after", 0)), IDS[resource]
    conditions: list[CONDITION] = [(id, "gt", after)]
    if since := cursor.get("since"):
        conditions.append(("updated_at", "gteq", needed(since, "since").strftime("%Y-%m-%d %H:%M:%S")))
    answer = api.get(PATHS[resource], **criteria(*conditions, sort=id))
    rows, left = records(answer.part("items") or []), int(answer.part("total_count"))
    if left and not rows:
        raise undocumented()
    more = {**cursor, "after": max(map(_id, rows))} if left > len(rows) else None
    return Page(whole(rows, partial(_whole, api, resource=resource)), more, None if cursor else left)


def _id(row: Raw) -> int:
    return int(row.get("entity_id") or row.get("id") or 0)


def _whole(api: Api, row: Raw, resource: str) -> Raw:
    """Orders with their parcels and refunds where they have any, products with their stock."""
    if resource == "orders":
        this = ("order_id", "eq", row["entity_id"])
        lines = row.get("items") or []
        sent = any(float(line.get("qty_shipped") or 0) for line in lines)
        back = float(row.get("total_refunded") or 0)
        return {
            **row,
            "id": row["entity_id"],
            "parcels": search(api, "/V1/shipments", this) if sent else [],
            "refunds": search(api, "/V1/creditmemos", this) if back else [],
        }
    if resource == "products" and row.get("type_id") in {"simple", "virtual", "downloadable"}:
        return {**row, "stock": api.get(f"/V1/stockItems/{quote(row['sku'], safe='')}").content}
    return row


def single(api: Api, id: str, resource: str) -> Raw:
    if resource == "products":
        return _whole(api, api.get(f"/V1/products/{quote(id, safe='')}").content, resource)
    if not id.isdecimal():
        raise Refused(_("An id of Magento is a number; of products give the SKU."))
    return _whole(api, api.get(f"/V1/{resource}/{id}").content, resource)
