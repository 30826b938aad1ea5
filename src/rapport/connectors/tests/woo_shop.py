"""A counterpart of WooCommerce's REST API: it checks keys and pages as WooCommerce does, and signs its calls."""

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

KEY, SECRET = "ck_key", "cs_secret"
_FILTERS = {
    "search", "per_page", "page", "offset", "orderby", "order", "modified_after", "dates_are_gmt", "role",
}  # fmt: skip


class Shop:
    def __init__(self, api: Api) -> None:
        self.api = api
        self.rows: dict[str, dict[int, Any]] = {name: {} for name in ("orders", "customers", "products")}
        self.variations: dict[int, list[Any]] = {}
        self.hooks: list[dict[str, Any]] = []
        self.coupons: list[dict[str, Any]] = []
        self.notes: list[dict[str, Any]] = []
        api.answer = self.answer

    def put(self, resource: str, row: dict[str, Any]) -> dict[str, Any]:
        self.rows[resource][row["id"]] = row
        return row

    def answer(self, request: Request) -> Reply:
        url = urlsplit(request.path)
        if (
            request.headers.get("authorization")
            != f"Basic {base64.b64encode(f'{KEY}:{SECRET}'.encode()).decode()}"
        ):
            return 401, {
                "code": "woocommerce_rest_cannot_view",
                "message": "Sorry, you cannot list resources.",
            }
        if url.path == "/wp-json/":
            return 200, {"name": "Mugs", "url": self.api.url}
        path = url.path.removeprefix("/wp-json/wc/v3/").split("/")
        return self._answer(request, path, dict(parse_qsl(url.query)))

    def _answer(self, request: Request, path: list[str], query: dict[str, str]) -> Reply:
        match path:
            case ["settings", "general", "woocommerce_currency"]:
                return 200, {"id": "woocommerce_currency", "value": "GBP"}
            case ["webhooks", *id]:
                return self._webhooks(request, id)
            case ["products", id, "variations"]:
                return 200, self.variations[int(id)], {"X-WP-TotalPages": "1"}
            case ["orders", _id, "notes"]:
                if request.method == "POST":
                    self.notes.append(request.json)
                return 200, self.notes
            case ["coupons"]:
                return self._coupons(request, query)
            case ["coupons", id] if request.method == "DELETE" and query == {"force": "true"}:
                return 200, self.coupons.pop(int(id))
            case ["customers", id] if request.method == "PUT":
                return self._changed(self.rows["customers"][int(id)], request.json)
            case [resource, id]:
                row = self.rows[resource].get(int(id))
                return (200, row) if row else (404, {"code": f"woocommerce_rest_{resource}_invalid_id"})
            case [resource]:
                return self._listed(resource, query)
        return 404, {"code": "rest_no_route"}

    def _coupons(self, request: Request, query: dict[str, str]) -> Reply:
        if request.method == "GET":
            return 200, [row for row in self.coupons if row["code"] == query["code"]]
        if any(row["code"] == request.json["code"] for row in self.coupons):
            return 400, {"code": "woocommerce_rest_coupon_code_already_exists"}
        self.coupons.append({"id": len(self.coupons), **request.json})
        return 201, request.json

    def _changed(self, row: dict[str, Any], body: dict[str, Any]) -> Reply:
        """Parts that are not named stay, also of the address and of the further values."""
        there = {entry["key"]: entry for entry in row.get("meta_data", [])}
        there |= {entry["key"]: entry for entry in body.pop("meta_data", [])}
        row["billing"] |= body.pop("billing", {})
        row |= {**body, "meta_data": list(there.values()), "date_modified_gmt": "2026-05-01T10:00:00"}
        return 200, row

    def _listed(self, resource: str, query: dict[str, str]) -> Reply:
        assert not query.keys() - _FILTERS, query
        if "modified_after" in query:
            assert resource != "customers"
            assert query["dates_are_gmt"] == "true"
        if number := query.get("search"):
            return 200, [row for row in self.rows[resource].values() if number in row["number"]]
        since, size = query.get("modified_after", "")[:19], int(query["per_page"])
        rows = sorted(
            self.rows[resource].values(), key=lambda row: row["id"], reverse=query["order"] == "desc"
        )
        left = [row for row in rows if row["date_modified_gmt"] >= since]
        first = int(query["offset"]) if "offset" in query else (int(query["page"]) - 1) * size
        headers = {"X-WP-Total": str(len(left)), "X-WP-TotalPages": str(-(-len(left) // size))}
        return 200, left[first : first + size], headers

    def _webhooks(self, request: Request, id: list[str]) -> Reply:
        if request.method == "GET":
            return 200, self.hooks
        if request.method == "PUT":
            self.hooks[int(id[0])] |= request.json
            return 200, self.hooks[int(id[0])]
        self.hooks.append({"id": len(self.hooks), **request.json})
        return 201, self.hooks[-1]

    def tell(self, client: Any, topic: str, row: dict[str, Any]) -> Any:
        [hook] = [entry for entry in self.hooks if entry["topic"] == topic]
        body = json.dumps(row).encode()
        mac = base64.b64encode(hmac.new(hook["secret"].encode(), body, hashlib.sha256).digest()).decode()
        headers = {"X-WC-Webhook-Topic": topic, "X-WC-Webhook-Signature": mac}
        return client.post(
            urlsplit(hook["delivery_url"]).path, body, content_type="application/json", headers=headers
        )


@contextmanager
def running() -> Iterator[Shop]:
    with api_server() as api:
        yield Shop(api)


def order(id: int = 727, **more: Any) -> dict[str, Any]:
    """Two mugs at 10.00 less a coupon of 2.00, postage 5.00, tax 4.60 upon it: 27.60."""
    line = {"id": 315, "name": "Mug", "product_id": 93, "variation_id": 0, "quantity": 2, "sku": "MUG"}
    return {
        "id": id,
        "number": str(id),
        "status": "processing",
        "currency": "GBP",
        "date_created_gmt": "2026-03-22T19:28:02",
        "date_modified_gmt": "2026-03-22T19:30:00",
        "date_paid_gmt": "2026-03-22T19:29:00",
        "date_completed_gmt": None,
        "total": "27.60",
        "total_tax": "4.60",
        "shipping_total": "5.00",
        "discount_total": "2.00",
        "customer_id": 26,
        "billing": {
            "first_name": "Ann",
            "last_name": "Doe",
            "country": "GB",
            "email": "ann@example.com",
            "phone": "",
        },
        "shipping": {"country": "GB"},
        "payment_method_title": "Card",
        "transaction_id": "tx-1",
        "created_via": "checkout",
        "line_items": [{**line, "subtotal": "20.00", "total": "18.00", "total_tax": "3.60", "price": 9}],
        "coupon_lines": [{"code": "two-off", "discount": "2.00"}],
        "refunds": [],
        **more,
    }


def mugs(id: int = 93) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A variable product and its variations."""
    row = {
        "id": id,
        "name": "Mug",
        "type": "variable",
        "status": "publish",
        "permalink": "https://mugs.example/mug",
        "description": "<p>Holds tea.</p>",
        "categories": [{"id": 1, "name": "Kitchen"}],
        "images": [],
        "variations": [931, 932],
        "date_modified_gmt": "2026-03-20T10:00:00",
    }
    shared = {"manage_stock": True, "stock_quantity": 3, "stock_status": "instock", "regular_price": "10.00"}
    red = {
        "id": 931,
        "sku": "MUG-R",
        "sale_price": "8.00",
        "attributes": [{"name": "Colour", "option": "Red"}],
        **shared,
    }
    return row, [
        red,
        {
            **red,
            "id": 932,
            "sku": "MUG-B",
            "sale_price": "",
            "attributes": [{"name": "Colour", "option": "Blue"}],
        },
    ]
