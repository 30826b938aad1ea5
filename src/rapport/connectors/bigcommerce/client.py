"""BigCommerce's API: orders of version 2 with what belongs to them at addresses of its own, the rest of version 3."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from rapport.connectors.asking import Api, Missing, Refused, Unreachable, last, records, whole
from rapport.connectors.registry import Cursor, Page, Raw, Settings

PAGE = 100
# The smallest plan gets 150 in 30 seconds.
RATE = 5.0
PATHS = {"customers": "/v3/customers", "products": "/v3/catalog/products"}


def root_of(settings: Settings) -> str:
    """The address of the API of a store, of which people write the hash or the whole."""
    store = str(settings["store_hash"]).strip().rstrip("/")
    return (
        store if store.startswith(("https://", "http://")) else f"https://api.bigcommerce.com/stores/{store}"
    )


def open_api(settings: Settings) -> Api:
    return Api(root_of(settings), headers={"X-Auth-Token": str(settings["access_token"])}, rate=RATE)


def look(api: Api) -> dict[str, Any]:
    """What the store is called and sells in."""
    store = api.get("/v2/store").content
    if not isinstance(store, dict):
        raise Unreachable(_("The answer is not what its documentation says; is the address right?"))
    return {name: store.get(name) for name in ("name", "currency", "domain")}


def fetch(api: Api, cursor: Cursor, resource: str) -> Page:
    return _orders(api, cursor) if resource == "orders" else _pages(api, cursor, resource)


def _orders(api: Api, cursor: Cursor) -> Page:
    """All by ids, so that it can go on at any time; none is answered with nothing at all."""
    after, since = int(cursor.get("after", 0)), cursor.get("since")
    query = {"limit": PAGE, "sort": "id:asc", "min_id": after + 1, "min_date_modified": since}
    rows = records(api.get("/v2/orders", **query).content or [])
    total = None if cursor else int(api.get("/v2/orders/count").part("count"))
    more = {**cursor, "after": last(rows)} if rows else None  # also after a page that is not full
    return Page(whole(rows, partial(_whole, api)), more, total)


def _whole(api: Api, row: Raw) -> Raw:
    """An order with its lines, and its parcels and refunds where it has any."""
    path = f"/v2/orders/{row['id']}"
    further = {"lines": api.get(f"{path}/products", limit=250).content or []}
    if row.get("items_shipped"):
        further["parcels"] = api.get(f"{path}/shipments", limit=250).content or []
    if float(row.get("refunded_amount") or 0):
        further["refunds"] = api.get(f"/v3/orders/{row['id']}/payment_actions/refunds").part("data")
    if float(row.get("coupon_discount") or 0):
        further["coupons"] = api.get(f"{path}/coupons").content or []
    return {**row, **further}


def _pages(api: Api, cursor: Cursor, resource: str) -> Page:
    page, since = int(cursor.get("page", 1)), cursor.get("since")
    query = {"limit": PAGE, "page": page, "date_modified:min": since}
    query |= {"sort": "date_created:asc", "include": "addresses"} if resource == "customers" else {
        "sort": "id", "direction": "asc", "include": "variants,images"
    }  # fmt: skip
    answer = api.get(PATHS[resource], **query)
    pagination = answer.content.get("meta", {}).get("pagination", {})
    more = {**cursor, "page": page + 1} if page < int(pagination.get("total_pages") or 1) else None
    return Page(records(answer.part("data")), more, None if since else int(pagination.get("total") or 0))


def single(api: Api, id: str, resource: str) -> Raw:
    if not id.isdecimal():
        raise Refused(_("An id of BigCommerce is a number."))
    if resource == "orders":
        return _whole(api, api.get(f"/v2/orders/{id}").content)
    query = {"id:in": id, "include": "addresses" if resource == "customers" else "variants,images"}
    rows = records(api.get(PATHS[resource], **query).part("data"))
    if not rows:
        raise Missing(_("There is no such record (any more)."))
    return rows[0]
