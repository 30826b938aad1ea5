"""A counterpart of Shopify's Admin API: it checks tokens and what it is asked as Shopify does, and signs its calls."""

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

TOKEN, SECRET = "shpat_0123456789abcdef", "hush-hush"
SINGULAR = {"orders": "order", "customers": "customer", "products": "product", "checkouts": "checkout"}
_FILTERS = {"limit", "since_id", "updated_at_min", "order", "status", "name"}


class Shop:
    """What is in the shop, by resource and id. The next `busy` requests are put off; pages hold `page` rows."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.rows: dict[str, dict[int, dict[str, Any]]] = {name: {} for name in SINGULAR}
        self.hooks: list[dict[str, Any]] = []
        self.busy, self.page, self.token = 0, 250, TOKEN
        self.paths: list[str] = []
        self.writes: list[tuple[str, Any]] = []
        self.rules: dict[str, Any] = {}
        self.codes: dict[str, str] = {}
        self.version = "2026-03-01T10:00:00Z"
        api.answer = self.answer

    def put(self, resource: str, row: dict[str, Any]) -> dict[str, Any]:
        self.rows[resource][row["id"]] = row
        return row

    def answer(self, request: Request) -> Reply:
        url = urlsplit(request.path)
        query = dict(parse_qsl(url.query))
        self.paths.append(request.path)
        if url.path == "/admin/oauth/access_token":
            return self._grant(dict(parse_qsl(request.body.decode())))
        if request.headers.get("x-shopify-access-token") != self.token:
            return 401, {
                "errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"
            }
        if self.busy:
            self.busy -= 1
            return 429, {"errors": "Exceeded 2 calls per second for api client."}, {"Retry-After": "2.0"}
        assert url.path.startswith("/admin/api/2025-10/"), url.path
        return self._answer(request, url.path.removeprefix("/admin/api/2025-10/").split("/"), query)

    def _grant(self, form: dict[str, str]) -> Reply:
        if form != {"grant_type": "client_credentials", "client_id": "app", "client_secret": SECRET}:
            return 400, {"error": "invalid_request"}
        return 200, {"access_token": self.token, "scope": "read_orders", "expires_in": 86399}

    def _answer(self, request: Request, path: list[str], query: dict[str, str]) -> Reply:
        if request.method in {"PUT", "POST"} and path != ["webhooks.json"]:
            self.writes.append(("/".join(path), request.json))
            return self._written(path, request.json)
        match path:
            case ["price_rules", id, "discount_codes.json"]:
                rows = [
                    {"id": n, "code": code}
                    for n, (code, rule) in enumerate(self.codes.items(), 1)
                    if rule == id
                ]
                return 200, {
                    "discount_codes": [row for row in rows if row["id"] > int(query.get("since_id", 0))]
                }
            case ["price_rules", _id, "discount_codes", id] if request.method == "DELETE":
                del self.codes[list(self.codes)[int(id.removesuffix(".json")) - 1]]
                return 200, ""
            case ["shop.json"]:
                shop = {
                    "name": "Acme",
                    "currency": "EUR",
                    "domain": "acme.example",
                    "myshopify_domain": "acme",
                }
                return 200, {"shop": shop}
            case ["webhooks.json"]:
                return self._webhooks(request, query)
            case [resource, "count.json"]:
                return 200, {"count": len(self.rows[resource])}
            case [name, id] if id.removesuffix(".json").isdecimal():
                row = self.rows[name].get(int(id.removesuffix(".json")))
                return (200, {SINGULAR[name]: row}) if row else (404, {"errors": "Not Found"})
            case [name]:
                return self._listed(name.removesuffix(".json"), query)
        return 404, {"errors": "Not Found"}

    def _written(self, path: list[str], body: Any) -> Reply:
        """As Shopify takes it: what is not named stays, names of codes are there once."""
        match path:
            case ["customers", id, "addresses", _address]:
                row = self.rows["customers"][int(id)]
                row["default_address"] = {**row["default_address"], **body["address"]}
                row["updated_at"] = self.version
                return 200, {"customer_address": row["default_address"]}
            case ["customers" | "orders" as resource, id]:
                changes = body[SINGULAR[resource]]
                if "" in changes.values():
                    return 422, {"errors": {"base": ["can't be blank"]}}
                row = self.rows[resource][int(id.removesuffix(".json"))]
                row |= {**changes, "id": row["id"], "updated_at": self.version}
                return 200, {SINGULAR[resource]: row}
            case ["price_rules.json"]:
                assert body["price_rule"]["value"].startswith("-")
                id = str(len(self.rules) + 1)
                self.rules[id] = body["price_rule"]
                return 201, {"price_rule": {"id": int(id), **body["price_rule"]}}
            case ["price_rules", id, "discount_codes.json"] if id in self.rules:
                code = body["discount_code"]["code"]
                if code in self.codes:
                    return 422, {"errors": {"code": ["must be unique. Please try a different code."]}}
                self.codes[code] = id
                return 201, {"discount_code": {"code": code}}
        return 404, {"errors": "Not Found"}

    def _listed(self, resource: str, query: dict[str, str]) -> Reply:
        assert int(query["limit"]) <= 250
        if info := query.get("page_info"):
            if query.keys() - {"limit", "page_info"}:
                return 400, {"errors": {"page_info": "Invalid value."}}
            since, after = json.loads(base64.b64decode(info))
        else:
            assert not query.keys() - _FILTERS, query
            since, after = query.get("updated_at_min", ""), int(query.get("since_id", 0))
        rows = sorted(self.rows[resource].values(), key=lambda row: row["id"])
        left = [row for row in rows if row["updated_at"] >= since and row["id"] > after]
        left = [row for row in left if query.get("name") in (None, row.get("name"))]
        shown, more = left[: self.page], left[self.page :]
        headers = {}
        if more and since:
            info = base64.b64encode(json.dumps([since, shown[-1]["id"]]).encode()).decode()
            link = f"{self.api.url}/admin/api/2025-10/{resource}.json?limit=250&page_info={info}"
            headers["Link"] = f'<{link}>; rel="next"'
        return 200, {resource: shown}, headers

    def _webhooks(self, request: Request, query: dict[str, str]) -> Reply:
        if request.method == "GET":
            return 200, {"webhooks": [hook for hook in self.hooks if hook["address"] == query.get("address")]}
        self.hooks.append(request.json["webhook"])
        return 201, {"webhook": self.hooks[-1]}

    def tell(self, client: Any, topic: str, row: dict[str, Any], secret: str = SECRET) -> Any:
        """Calls as it was subscribed; the answer."""
        [hook] = [entry for entry in self.hooks if entry["topic"] == topic]
        body = json.dumps(row).encode()
        mac = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
        headers = {"X-Shopify-Topic": topic, "X-Shopify-Hmac-Sha256": mac}
        return client.post(
            urlsplit(hook["address"]).path, body, content_type="application/json", headers=headers
        )


@contextmanager
def running() -> Iterator[Shop]:
    with api_server() as api:
        yield Shop(api)


def order(id: int = 1001, **more: Any) -> dict[str, Any]:
    """An order as Shopify documents it: two teapots at 199.00 less 20.00, shipping 10.00, VAT inside."""
    return {
        "id": id,
        "name": f"#{id}",
        "email": "jon@example.com",
        "phone": None,
        "created_at": "2026-01-31T11:02:03+01:00",
        "processed_at": "2026-01-31T11:02:03+01:00",
        "updated_at": "2026-01-31T11:02:03+01:00",
        "cancelled_at": None,
        "currency": "EUR",
        "total_price": "388.00",
        "subtotal_price": "378.00",
        "total_tax": "61.95",
        "total_discounts": "20.00",
        "total_outstanding": "0.00",
        "taxes_included": True,
        "financial_status": "paid",
        "payment_gateway_names": ["visa"],
        "source_name": "web",
        "test": False,
        "discount_codes": [{"code": "SPRING", "amount": "20.00", "type": "fixed_amount"}],
        "shipping_lines": [{"price": "10.00", "title": "DHL"}],
        "shipping_address": {"country_code": "DE"},
        "customer": {"id": 115, "email": "jon@example.com", "first_name": "Jon", "last_name": "Smith"},
        "line_items": [line()],
        "fulfillments": [],
        "refunds": [],
        **more,
    }


def line(**more: Any) -> dict[str, Any]:
    return {
        "id": 466157049,
        "product_id": 632910392,
        "variant_id": 39072856,
        "sku": "TEA",
        "title": "Teapot",
        "vendor": "Acme",
        "price": "199.00",
        "quantity": 2,
        "discount_allocations": [{"amount": "20.00"}],
        "tax_lines": [{"price": "60.35", "rate": 0.19, "title": "VAT"}],
        **more,
    }


def refund(id: int = 509562969, **more: Any) -> dict[str, Any]:
    item = {"id": 1, "line_item_id": 466157049, "quantity": 1, "subtotal": 189.0, "total_tax": 30.18}
    return {
        "id": id,
        "created_at": "2026-02-10T09:00:00+01:00",
        "note": "broken",
        "refund_line_items": [{**item, "restock_type": "return", "line_item": line()}],
        "transactions": [{"kind": "refund", "status": "success", "amount": "189.00"}],
        **more,
    }


def customer(id: int = 115, **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "email": "jon@example.com",
        "first_name": "Jon",
        "last_name": "Smith",
        "created_at": "2025-01-31T11:02:03+01:00",
        "updated_at": "2026-01-30T10:00:00+01:00",
        "tags": "regular, wholesale",
        "note": None,
        "default_address": {"id": 207, "city": "Berlin", "country_code": "DE", "zip": "10115"},
        "email_marketing_consent": {
            "state": "subscribed",
            "opt_in_level": "confirmed_opt_in",
            "consent_updated_at": "2026-01-30T10:00:00+01:00",
        },
        **more,
    }


def product(id: int = 632910392, **more: Any) -> dict[str, Any]:
    variant = {
        "id": 39072856,
        "title": "Red",
        "option1": "Red",
        "sku": "TEA",
        "price": "199.00",
        "barcode": "not one",
    }
    stock = {"compare_at_price": "249.00", "inventory_quantity": 7, "inventory_management": "shopify"}
    return {
        "id": id,
        "title": "Teapot",
        "body_html": "<p>For <b>tea</b> &amp; more</p>",
        "vendor": "Acme",
        "product_type": "Kitchen",
        "handle": "teapot",
        "status": "active",
        "updated_at": "2026-01-30T10:00:00+01:00",
        "options": [{"name": "Colour"}],
        "images": [{"src": "https://cdn.example/teapot.jpg", "alt": None}],
        "variants": [{**variant, **stock}],
        **more,
    }
