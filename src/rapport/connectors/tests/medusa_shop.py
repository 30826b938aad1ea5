"""A counterpart of Medusa's admin API, with records as version 2.21 gave them."""

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
        self.groups: dict[str, str] = {}
        self.promotions: list[dict[str, Any]] = []
        self.campaigns: list[dict[str, Any]] = []
        api.answer = self.answer

    def answer(self, request: Request) -> Reply:
        key = base64.b64encode(f"{KEY}:".encode()).decode()
        if request.headers.get("authorization") != f"Basic {key}":
            return 401, {"message": "Unauthorized"}
        url = urlsplit(request.path)
        match url.path.removeprefix("/admin/").split("/"):
            case ["stores"]:
                return 200, {"stores": [{"id": "store_1", "name": "Medusa Store"}]}
            case ["promotions" | "campaigns" | "customer-groups" as kind, *id]:
                return self._offers(request, kind, id, dict(parse_qsl(url.query)))
            case ["customers", id, "customer-groups"]:
                [row] = [row for row in self.rows["customers"] if row["id"] == id]
                names = {key: name for name, key in self.groups.items()}
                left = [entry for entry in row["groups"] if entry["id"] not in request.json["remove"]]
                row["groups"] = [*left, *({"id": key, "name": names[key]} for key in request.json["add"])]
                return 200, {"customer": row}
            case [resource, id]:
                row = next((row for row in self.rows[resource] if row["id"] == id), None)
                if row is None:
                    return 404, {"type": "not_found", "message": f"Order id not found: {id}"}
                if request.method == "POST":
                    further = {**(row.get("metadata") or {}), **request.json.get("metadata", {})}
                    row |= {**request.json, "metadata": further, "updated_at": "2026-12-01T08:00:00.000Z"}
                return 200, {resource.removesuffix("s"): row}
            case [resource]:
                return self._listed(resource, dict(parse_qsl(url.query)))
        return 404, {"type": "not_found"}

    def _offers(self, request: Request, kind: str, id: list[str], query: dict[str, str]) -> Reply:
        """Groups by name, campaigns by their identifier, promotions by code, which are there once."""
        if kind == "customer-groups":
            if request.method == "POST":
                self.groups[request.json["name"]] = f"cusgroup_{len(self.groups)}"
            name = query.get("name") or request.json["name"]
            group = {"id": self.groups.get(name), "name": name}
            return 200, {"customer_group": group, "customer_groups": [group] * (name in self.groups)}
        rows, name = getattr(self, kind), "code" if kind == "promotions" else "campaign_identifier"
        if request.method == "DELETE":
            rows[:] = [row for row in rows if row["id"] != id[0]]
            return 200, {"deleted": True}
        if request.method == "GET":
            return 200, {kind: [row for row in rows if row[name] == query[name]]}
        if any(row[name] == request.json[name] for row in rows):
            return 400, {"type": "invalid_data", "message": "already exists"}
        rows.append({"id": f"{kind}_{len(rows)}", **request.json})
        return 200, {kind[:-1]: rows[-1]}

    def tell(self, client: Any, address: str, secret: str, **event: Any) -> Any:
        """As the subscriber of the guide calls."""
        body = json.dumps(event).encode()
        mac = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"X-Rapport-Signature": f"sha256={mac}"}
        return client.post(urlsplit(address).path, body, content_type="application/json", headers=headers)

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


def sent_back(id: int = 1, state: str = "received", **more: Any) -> dict[str, Any]:
    """One of the two teapots, as version 2.21 says it."""
    item = {"item_id": f"ordli_{id}", "quantity": 1, "received_quantity": int(state == "received")}
    return {
        "id": f"return_{id}", "status": state, "requested_at": "2026-11-30T10:22:06.647Z", "canceled_at": None,
        "received_at": "2026-11-30T10:22:07.934Z" if state == "received" else None, "items": [item], **more,
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
