"""A counterpart of Stripe's API: newest first, thin events, `expand`, and calls signed with their time."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from rapport.channels.tests.http_api import Api, Reply, Request, api_server
from rapport.core.clock import SYSTEM

KEY = "rk_test_1"
AT = 1_768_473_600  # 2026-01-15T10:40:00Z


class Account:
    def __init__(self, api: Api) -> None:
        self.api = api
        self.rows: dict[str, dict[str, Any]] = {"customers": {}, "charges": {}, "subscriptions": {}}
        self.events: list[dict[str, Any]] = []
        self.hooks: dict[str, dict[str, Any]] = {}
        api.answer = self.answer

    def put(self, resource: str, row: dict[str, Any], type: str = "", at: int = 0) -> dict[str, Any]:
        """Also an event about it, if its type is given."""
        self.rows[resource][row["id"]] = row
        thin = {name: value for name, value in row.items() if name != "refunds"}
        if type:
            event = {
                "id": f"evt_{len(self.events)}",
                "object": "event",
                "type": type,
                "created": at or row["created"],
            }
            self.events.insert(0, {**event, "data": {"object": thin}})
        return row

    def answer(self, request: Request) -> Reply:
        url = urlsplit(request.path)
        pairs = parse_qsl(url.query)
        query = dict(pairs)
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return 401, {"error": {"message": "Invalid API Key provided", "type": "invalid_request_error"}}
        assert request.headers["stripe-version"] == "2024-06-20"
        match url.path.removeprefix("/v1/").split("/"):
            case ["account"]:
                return 200, {"id": "acct_1", "default_currency": "eur", "business_profile": {"name": "Pay"}}
            case ["webhook_endpoints", *id]:
                return self._hooks(request, id)
            case ["events"]:
                types = {value for name, value in pairs if name == "types[]"}
                since = int(query["created[gte]"])
                return self._page(
                    [row for row in self.events if row["type"] in types and row["created"] >= since], query
                )
            case [resource, id]:
                row = self.rows[resource].get(id)
                return (
                    (200, self._shown(row, query)) if row else (404, {"error": {"code": "resource_missing"}})
                )
            case [resource]:
                rows = sorted(self.rows[resource].values(), key=lambda row: -row["created"])
                return self._page([self._shown(row, query) for row in rows], query)
        return 404, {}

    def _shown(self, row: dict[str, Any], query: dict[str, str]) -> dict[str, Any]:
        is_whole = query.get("expand[]", "").endswith("refunds")
        return row if is_whole else {name: value for name, value in row.items() if name != "refunds"}

    def _page(self, rows: list[Any], query: dict[str, str]) -> Reply:
        size, ids = int(query["limit"]), [row["id"] for row in rows]
        first = ids.index(query["starting_after"]) + 1 if "starting_after" in query else 0
        return 200, {
            "object": "list",
            "data": rows[first : first + size],
            "has_more": len(rows) > first + size,
        }

    def _hooks(self, request: Request, id: list[str]) -> Reply:
        if request.method == "GET":
            return 200, {"data": list(self.hooks.values())}
        if request.method == "DELETE":
            return 200, self.hooks.pop(id[0])
        fields = parse_qsl(request.body.decode())
        name = f"we_{len(self.api.requests)}"
        hook = {"id": name, "url": dict(fields)["url"], "secret": f"whsec_{name}"}
        self.hooks[name] = {key: value for key, value in hook.items() if key != "secret"}
        self.secret, self.address = hook["secret"], urlsplit(hook["url"]).path
        return 200, hook

    def tell(self, client: Any, event: dict[str, Any], late: int = 0) -> Any:
        stamp = int((SYSTEM.now() - dt.timedelta(seconds=late)).timestamp())
        body = json.dumps(event).encode()
        mac = hmac.new(self.secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {"Stripe-Signature": f"t={stamp},v1={mac}"}
        return client.post(self.address, body, content_type="application/json", headers=headers)


@contextmanager
def running() -> Iterator[Account]:
    with api_server() as api:
        yield Account(api)


def charge(id: str = "ch_1", **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "object": "charge",
        "amount": 1099,
        "currency": "eur",
        "customer": "cus_1",
        "description": "Order 1042",
        "billing_details": {
            "email": "jenny@example.com",
            "name": "Jenny Rosen",
            "address": {"country": "DE"},
        },
        "payment_method_details": {"type": "card"},
        "status": "succeeded",
        "created": AT,
        "refunds": {"data": []},
        **more,
    }


def subscription(**more: Any) -> dict[str, Any]:
    price = {
        "id": "price_1",
        "unit_amount": 500,
        "currency": "eur",
        "nickname": "Monthly",
        "product": "prod_1",
    }
    return {
        "id": "sub_1",
        "object": "subscription",
        "customer": "cus_1",
        "status": "active",
        "currency": "eur",
        "created": AT,
        "start_date": AT,
        "current_period_start": AT,
        "current_period_end": AT + 2_678_400,
        "items": {
            "data": [
                {"quantity": 2, "price": {**price, "recurring": {"interval": "month", "interval_count": 1}}}
            ]
        },
        **more,
    }
