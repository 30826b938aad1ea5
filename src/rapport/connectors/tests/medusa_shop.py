"""A counterpart of Medusa's admin API, with records as version 2.21 gave them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from rapport.channels.tests.http_api import Api, Reply, Request, api_server

KEY = "sk_key"
_FILTERS = {"limit", "offset", "fields", "order", "updated_at[$gte]", "created_at[$gte]"}


class Shop:
    def __init__(self, api: Api) -> None:
        self.api = api
        self.rows: dict[str, list[dict[str, Any]]] = {
            "orders": [order()],
            "customers": [customer()],
            "products": [teapot()],
        }
        api.answer = self.answer

    def answer(self, request: Request) -> Reply:
        key = base64.b64encode(f"{KEY}:".encode()).decode()
        if request.headers.get("authorization") != f"Basic {key}":
            return 401, {"message": "Unauthorized"}
        url = urlsplit(request.path)
        match url.path.removeprefix("/admin/").split("/"):
            case ["stores"]:
                return 200, {"stores": [{"id": "store_1", "name": "Medusa Store"}]}
            case [resource, id]:
                row = next((row for row in self.rows[resource] if row["id"] == id), None)
                if row is None:
                    return 404, {"type": "not_found", "message": f"Order id not found: {id}"}
                if request.method == "POST":
                    row |= {**request.json, "updated_at": "2026-12-01T08:00:00.000Z"}
                return 200, {resource.removesuffix("s"): row}
            case [resource]:
                return self._listed(resource, dict(parse_qsl(url.query)))
        return 404, {"type": "not_found"}

    def _listed(self, resource: str, query: dict[str, str]) -> Reply:
        assert not query.keys() - _FILTERS, query
        left = [
            row
            for row in sorted(self.rows[resource], key=lambda row: row[query["order"]])
            if all(row[name] >= query.get(f"{name}[$gte]", "") for name in ("updated_at", "created_at"))
        ]
        first, size = int(query["offset"]), int(query["limit"])
        return 200, {
            resource: left[first : first + size],
            "count": len(left),
            "offset": first,
            "limit": size,
        }


@contextmanager
def running() -> Iterator[Shop]:
    with api_server() as api:
        yield Shop(api)


def customer() -> dict[str, Any]:
    return {
        "id": "cus_1", "email": "ann@medusa.example", "first_name": "Ann", "last_name": "Doe", "has_account": True,
        "created_at": "2026-11-30T07:12:25.207Z", "updated_at": "2026-11-30T07:12:25.207Z", "addresses": [],
        "groups": [],
    }  # fmt: skip


def order(id: int = 1, **more: Any) -> dict[str, Any]:
    """Two teapots at 20 and postage of 5; paid, sent, and 5 of it given back, by which Medusa's total is 40."""
    line = {
        "id": f"ordli_{id}", "title": "Teapot", "subtitle": "Red", "variant_id": "variant_1", "product_id": "prod_1",
        "product_title": "Teapot", "variant_sku": "TEA-R", "unit_price": 20, "quantity": 2, "total": 40,
        "discount_total": 0, "tax_total": 0,
    }  # fmt: skip
    payment = {
        "id": "pay_1", "provider_id": "pp_system_default", "amount": 45,
        "captures": [{"id": f"capt_{id}", "created_at": "2026-11-30T07:12:35.441Z", "amount": 45}],
        "refunds": [{"id": f"ref_{id}", "created_at": "2026-11-30T07:12:36.534Z", "amount": 5}],
    }  # fmt: skip
    parcel = {
        "id": f"ful_{id}", "shipped_at": "2026-11-30T07:12:36.298Z", "delivered_at": None, "canceled_at": None,
        "items": [{"line_item_id": f"ordli_{id}", "quantity": 2}],
        "labels": [{"tracking_number": "T1", "tracking_url": "https://t.example/1"}],
    }  # fmt: skip
    return {
        "id": f"order_{id}", "display_id": id, "email": "ann@medusa.example", "status": "pending",
        "currency_code": "eur", "created_at": "2026-11-30T07:12:29.514Z", "updated_at": "2026-11-30T07:12:36.776Z",
        "canceled_at": None, "customer_id": "cus_1", "total": 40, "tax_total": 0, "shipping_total": 5,
        "items": [line], "shipping_address": {"first_name": "Ann", "country_code": "de", "phone": "+4930123456"},
        "customer": customer(), "payment_collections": [{"payments": [payment]}], "fulfillments": [parcel],
        "promotions": [], **more,
    }  # fmt: skip


def teapot() -> dict[str, Any]:
    prices = [
        {"amount": 20, "currency_code": "eur", "rules": {}},
        {"amount": 18, "currency_code": "eur", "rules": {"region_id": "reg_1"}},
    ]
    places = {
        "location_levels": [{"available_quantity": 44, "stocked_quantity": 48}, {"available_quantity": 4}]
    }
    variant = {
        "id": "variant_1", "title": "Red", "sku": "TEA-R", "manage_inventory": True,
        "inventory_items": [{"required_quantity": 1, "inventory": places}], "prices": prices,
        "options": [{"value": "Red", "option": {"title": "Colour"}}],
    }  # fmt: skip
    return {
        "id": "prod_1", "title": "Teapot", "description": None, "status": "published", "variants": [variant],
        "created_at": "2026-11-30T07:12:22.342Z", "updated_at": "2026-11-30T07:12:22.343Z", "images": [],
        "categories": [],
    }  # fmt: skip
