"""A counterpart of BigCommerce's API: it checks tokens, answers as versions 2 and 3 do, and signs its calls."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from rapport.channels.tests.http_api import Api, Reply, Request, api_server
from rapport.core.clock import SYSTEM

TOKEN, SECRET = "token", "client-secret"


class Store:
    """The next `busy` requests are put off, as the rate limit does."""

    def __init__(self, api: Api) -> None:
        self.api, self.busy = api, 0
        self.rows: dict[str, dict[int, Any]] = {name: {} for name in ("orders", "customers", "products")}
        self.below: dict[str, list[Any]] = {}
        self.hooks: list[Any] = []
        self.coupons: list[Any] = []
        api.answer = self.answer

    def answer(self, request: Request) -> Reply:
        url = urlsplit(request.path)
        if request.headers.get("x-auth-token") != TOKEN:
            return 401, {"status": 401, "title": "X-Auth-Token header is required"}
        if self.busy:
            self.busy -= 1
            return 429, {"status": 429}, {"X-Rate-Limit-Time-Reset-Ms": "1500"}
        path, query = url.path.strip("/").split("/"), dict(parse_qsl(url.query))
        return self._v2(request, path[1:], query) if path[0] == "v2" else self._v3(request, path[1:], query)

    def _v2(self, request: Request, path: list[str], query: dict[str, str]) -> Reply:
        match path:
            case ["store"]:
                return 200, {"name": "Bikes", "currency": "USD", "domain": "bikes.example"}
            case ["orders", "count"]:
                return 200, {"count": len(self.rows["orders"]), "statuses": []}
            case ["orders"]:
                left = [row for id, row in sorted(self.rows["orders"].items()) if id >= int(query["min_id"])]
                since = query.get("min_date_modified", "")
                left = [row for row in left if row["iso"] >= since][: int(query["limit"])]
                return (200, left) if left else (204, "")
            case ["orders", id]:
                row = self.rows["orders"].get(int(id))
                if row and request.method == "PUT":
                    row |= request.json
                return (
                    (200, row)
                    if row
                    else (404, [{"status": 404, "message": "The requested resource was not found."}])
                )
            case ["orders", id, part]:
                rows = self.below.get(f"{id}/{part}")
                return (200, rows) if rows else (204, "")
            case ["coupons", "1"] if request.method == "DELETE":
                self.coupons.pop()
                return 204, ""
            case ["coupons"]:
                if request.method == "POST":
                    self.coupons.append({"id": 1, **request.json})
                    return 201, request.json
                return (200, self.coupons) if self.coupons else (204, "")
        return 404, []

    def _v3(self, request: Request, path: list[str], query: dict[str, str]) -> Reply:
        match path:
            case ["hooks"]:
                if request.method == "POST":
                    self.hooks.append({"id": len(self.hooks), **request.json})
                return 200, {"data": self.hooks}
            case ["orders", id, "payment_actions", "refunds"]:
                return 200, {"data": self.below.get(f"{id}/refunds", [])}
            case ["customers"] if request.method == "PUT":
                [change] = request.json
                self.rows["customers"][change["id"]] |= {**change, "date_modified": "2026-05-01T10:00:00Z"}
                return 200, {"data": [self.rows["customers"][change["id"]]]}
        rows = [
            row for id, row in sorted(self.rows[path[-1]].items())
            if query.get("id:in", str(id)) == str(id) and row["date_modified"] >= query.get("date_modified:min", "")
        ]  # fmt: skip
        return 200, {"data": rows, "meta": {"pagination": {"total": len(rows), "total_pages": 1}}}

    def tell(self, client: Any, scope: str, id: int, secret: str = SECRET) -> Any:
        """Calls as it was subscribed: the record's number alone, signed as Standard Webhooks say."""
        [hook] = [entry for entry in self.hooks if entry["scope"] == scope]
        body = json.dumps(
            {"scope": scope, "store_id": "1", "data": {"type": "order", "id": id}, "hash": f"{scope}{id}"}
        )
        stamp, name = str(int(SYSTEM.now().timestamp())), f"msg_{scope}_{id}_{secret}"
        mac = hmac.new(secret.encode(), f"{name}.{stamp}.{body}".encode(), hashlib.sha256).digest()
        signature = f"v1,{base64.b64encode(mac).decode()}"
        headers = {"webhook-id": name, "webhook-timestamp": stamp, "webhook-signature": signature}
        address = urlsplit(hook["destination"]).path
        return client.post(address, body, content_type="application/json", headers=headers)


@contextmanager
def running() -> Iterator[Store]:
    with api_server() as api:
        yield Store(api)


def order(store: Store, id: int = 100, **more: Any) -> dict[str, Any]:
    """A bike at 500.00 less a coupon of 50.00, shipping 20.00: 470.00."""
    line = {"id": 7, "product_id": 77, "variant_id": 78, "sku": "BIKE", "name": "Bike", "quantity": 1}
    discount = [{"id": "coupon", "amount": "50.0000"}]
    line |= {"price_inc_tax": "500.0000", "total_tax": "0.0000", "applied_discounts": discount}
    store.below[f"{id}/products"] = [line]
    store.below[f"{id}/coupons"] = [{"code": "FIFTY", "discount": "50.0000"}]
    billing = {
        "first_name": "Bo",
        "last_name": "Ek",
        "email": "bo@example.com",
        "phone": "",
        "country_iso2": "US",
    }
    row = {
        "id": id, "customer_id": 3, "date_created": "Sun, 22 Mar 2026 19:28:02 +0000", "is_deleted": False,
        "date_modified": "Mon, 23 Mar 2026 08:00:00 +0000", "iso": "2026-03-23T08:00:00", "status_id": 11,
        "total_inc_tax": "470.0000", "total_tax": "0.0000", "shipping_cost_inc_tax": "20.0000",
        "discount_amount": "0.0000",
        "coupon_discount": "50.0000", "currency_code": "USD", "payment_method": "Card", "refunded_amount": "0.0000",
        "items_shipped": 0, "billing_address": billing, "order_source": "www", "staff_notes": "Careful", **more,
    }  # fmt: skip
    store.rows["orders"][id] = row
    return row


def product() -> dict[str, Any]:
    option = {"option_display_name": "Size", "label": "L"}
    variant = {
        "id": 78,
        "sku": "BIKE",
        "price": None,
        "sale_price": 450,
        "inventory_level": 2,
        "option_values": [option],
    }
    return {
        "id": 77, "name": "Bike", "price": 500, "sale_price": 0, "is_visible": True, "inventory_tracking": "variant",
        "custom_url": {"url": "/bike/"}, "images": [], "variants": [variant], "date_modified": "2026-03-01T10:00:00Z",
    }  # fmt: skip
