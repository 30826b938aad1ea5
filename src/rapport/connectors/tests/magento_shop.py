"""A counterpart of Magento's REST API: it checks tokens and reads search criteria as Magento does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from rapport.channels.tests.http_api import Api, Reply, Request, api_server

TOKEN = "integration-token"
_CRITERION = re.compile(
    r"searchCriteria\[filterGroups\]\[(\d+)\]\[filters\]\[0\]\[(field|conditionType|value)\]"
)


class Shop:
    def __init__(self, api: Api) -> None:
        self.api = api
        names = ("orders", "customers", "products", "creditmemos", "shipments", "coupons")
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
        self.rules: list[Any] = []
        self.comments: list[Any] = []
        api.answer = self.answer

    def answer(self, request: Request) -> Reply:
        url = urlsplit(request.path)
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return 401, {"message": "The consumer isn't authorized to access %resources."}
        path = [unquote(part) for part in url.path.removeprefix("/rest/V1/").split("/")]
        if request.method == "GET":
            return self._read(path, dict(parse_qsl(url.query)))
        if request.method == "DELETE" and path == ["coupons", "1"]:
            self.rows["coupons"].clear()
            return 200, True
        return self._write(path, request.json)

    def _read(self, path: list[str], query: dict[str, str]) -> Reply:
        match path:
            case ["store", "storeConfigs"]:
                return 200, [{"base_currency_code": "EUR", "base_url": "https://mage.example/"}]
            case ["stockItems", _sku]:
                return 200, {"qty": 4, "is_in_stock": True, "manage_stock": True}
            case ["orders", _number, "comments"]:
                return 200, {"items": self.comments}
            case [name, id] if id != "search":
                rows = [row for row in self.rows[name] if id in {str(_id(row)), row.get("sku")}]
                return (200, rows[0]) if rows else (404, {"message": "No such entity."})
        return self._search(self.rows[path[0]], query)

    def _search(self, rows: list[dict[str, Any]], query: dict[str, str]) -> Reply:
        criteria: dict[str, dict[str, str]] = {}
        for name, value in query.items():
            if match := _CRITERION.fullmatch(name):
                criteria.setdefault(match[1], {})[match[2]] = value
        for criterion in criteria.values():
            rows = [row for row in rows if _holds(row, **criterion)]
        shown = sorted(rows, key=_id)[: int(query["searchCriteria[pageSize]"])]
        return 200, {"items": shown, "total_count": len(rows), "search_criteria": {}}

    def _write(self, path: list[str], body: Any) -> Reply:
        match path:
            case ["customers", id]:
                [row] = [row for row in self.rows["customers"] if row["id"] == int(id)]
                assert body["customer"].keys() >= row.keys()
                row |= {**body["customer"], "updated_at": "2026-05-01 10:00:00"}
                return 200, row
            case ["salesRules"]:
                self.rules.append(body["rule"])
                return 200, {**body["rule"], "rule_id": len(self.rules)}
            case ["coupons"]:
                self.rows["coupons"].append({**body["coupon"], "id": 1, "coupon_id": 1})
                return 200, self.rows["coupons"][-1]
            case ["orders", _number, "comments"]:
                self.comments.append(body["statusHistory"])
                return 200, True
        return 404, {"message": "Request does not match any route."}


def _id(row: dict[str, Any]) -> int:
    return int(row.get("entity_id") or row["id"])


def _holds(row: dict[str, Any], field: str, conditionType: str, value: str) -> bool:
    if field == "entity_id":
        return {"gt": _id(row) > int(value), "eq": _id(row) == int(value)}[conditionType]
    stored = str(row.get(field))
    return {"eq": stored == value, "gteq": stored >= value}[conditionType]


@contextmanager
def running() -> Iterator[Shop]:
    with api_server() as api:
        yield Shop(api)


def order(id: int = 1, **more: Any) -> dict[str, Any]:
    """Two bags at 34.00 less 6.80, shipping 10.00, tax 5.00: 76.20. A configurable product with its child."""
    line = {"item_id": 11, "product_id": 7, "sku": "BAG", "name": "Bag", "price": 34, "qty_ordered": 2}
    line |= {"discount_amount": 6.8, "tax_amount": 5, "product_type": "configurable", "qty_shipped": 2}
    child = {**line, "item_id": 12, "product_id": 8, "price": 0, "parent_item_id": 11, "discount_amount": 0}
    return {
        "entity_id": id,
        "increment_id": f"{id:09d}",
        "state": "complete",
        "status": "complete",
        "created_at": "2026-03-22 19:28:02",
        "updated_at": "2026-03-25 08:00:00",
        "customer_id": 5,
        "customer_email": "roni@example.com",
        "customer_firstname": "Roni",
        "customer_lastname": "Cost",
        "order_currency_code": "EUR",
        "grand_total": 76.2,
        "tax_amount": 5,
        "shipping_amount": 10,
        "discount_amount": -6.8,
        "coupon_code": "TEN",
        "total_paid": 76.2,
        "total_refunded": 0,
        "payment": {"method": "checkmo"},
        "billing_address": {"country_id": "DE", "telephone": None},
        "items": [line, child],
        **more,
    }


def customer(**more: Any) -> dict[str, Any]:
    address = {"id": 9, "city": "Kiel", "postcode": "24103", "country_id": "DE", "default_billing": True}
    return {
        "id": 5, "email": "roni@example.com", "firstname": "Roni", "lastname": "Cost", "website_id": 1,
        "created_at": "2026-01-01 10:00:00", "updated_at": "2026-02-01 10:00:00", "addresses": [address],
        "extension_attributes": {"is_subscribed": False}, **more,
    }  # fmt: skip


def product(**more: Any) -> dict[str, Any]:
    values = [
        {"attribute_code": "special_price", "value": "29.00"},
        {"attribute_code": "url_key", "value": "bag"},
    ]
    return {
        "id": 7, "sku": "BAG/1", "name": "Bag", "price": 34, "status": 1, "type_id": "simple",
        "updated_at": "2026-02-01 10:00:00", "custom_attributes": values, **more,
    }  # fmt: skip
