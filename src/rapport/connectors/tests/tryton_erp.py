"""A counterpart of Tryton's JSON-RPC, with records as version 8.2 gave them: sessions, paths of fields, domains."""

from __future__ import annotations

import base64
import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rapport.channels.tests.http_api import Api, Reply, Request, api_server

PASSWORD = "a long password"
CONTEXT = {"company": 1, "language": "en"}


def day(text: str) -> dict[str, Any]:
    year, month, date = map(int, text.split("-"))
    return {"__class__": "date", "year": year, "month": month, "day": date}


def at(text: str, hour: int = 6, second: int = 15) -> dict[str, Any]:
    return day(text) | {
        "__class__": "datetime",
        "hour": hour,
        "minute": 52,
        "second": second,
        "microsecond": 33266,
    }


def amount(text: str) -> dict[str, str]:
    return {"__class__": "Decimal", "decimal": text}


def chair() -> dict[str, Any]:
    return {
        "id": 1, "write_date": at("2026-11-02"), "create_date": at("2026-11-01"), "description": None, "active": 1,
        "template": 1, "code": "CHAIR-0", "list_price_used": amount("49.9000"), "type": "goods", "name": "Chair 0",
        "salable": True, "forecast_quantity": 82.0, "categories.": [{"id": 2, "rec_name": "Chairs"}],
        "identifiers.": [], "template.": {"active": 1, "write_date": None, "id": 1},
    }  # fmt: skip


def firm() -> dict[str, Any]:
    place = {"city": "Leeds", "postal_code": "LS1 4DY", "write_date": None, "id": 3, "country.": None}
    return {
        "id": 3, "write_date": at("2026-11-02"), "create_date": at("2026-11-01"), "name": "Bolts Ltd", "active": 1,
        "code": "3", "replaced_by": None, "phone": "", "mobile": "", "email": "office@bolts.example",
        "tax_identifier.": {"code": "BE0403019261", "id": 1}, "categories.": [{"id": 9, "name": "Own"}],
        "addresses.": [place], "contact_mechanisms.": [{"write_date": at("2026-11-01"), "id": 2}],
    }  # fmt: skip


def sale(id: int = 1, quantity: float = 2.0, worth: str = "119.76", **more: Any) -> dict[str, Any]:
    product = {"code": "CHAIR-0", "template": 1, "id": 1, "name": "Chair 0"}
    net = str(round(float(worth) / 1.2, 2))
    line = {
        "quantity": quantity, "description": None, "type": "line", "product": 1, "id": id, "amount": amount(net),
        "unit_price": amount("49.9000"), "product.": product,
    }  # fmt: skip
    return {
        "reference": None, "write_date": at("2026-11-03"), "create_date": at("2026-11-03"), "id": id,
        "sale_date": day("2026-11-03"), "state": "processing", "number": str(id), "origin": None, "party": 3,
        "tax_amount": amount(str(round(float(worth) - float(net), 2))), "total_amount": amount(worth),
        "shipments.": [], "invoices.": [], "currency.": {"code": "EUR", "id": 1}, "origin.": None,
        "shipment_address.": {"id": 2, "country.": {"id": 7, "code": "GB"}},
        "lines.": [line, {"type": "comment", "id": 99, "quantity": None}],
        "party.": {"name": "Bolts Ltd", "id": 3, "phone": "", "email": "office@bolts.example"}, **more,
    }  # fmt: skip


class Erp:
    def __init__(self, api: Api) -> None:
        self.api, self.rows, self.session = api, {"product.product": [chair()], "party.party": [firm()]}, 1
        self.rows |= {
            "sale.sale": [sale()],
            "ir.note": [],
            "party.category": [{"id": 9, "name": "Own"}],
            "stock.move": [],
        }
        self.rows["company.company"] = [
            {"id": 1, "party": 1, "party.": {"name": "Chairs Ltd"}, "currency.": {"code": "EUR"}}
        ]
        self.rows["stock.location"] = [{"id": 5, "type": "warehouse"}]
        self.root, self.missing = "/shop/rpc/", ""
        api.answer = self.answer

    def answer(self, request: Request) -> Reply:
        if request.path != self.root:
            return 404, "Not Found"
        method, params = request.json["method"], request.json["params"]
        if method == "common.db.login":
            good = params[1] == {"password": PASSWORD}
            return (
                (200, {"id": 1, "result": [4, f"s{self.session}", None]}) if good else (401, "Unauthorized")
            )
        own = base64.b64encode(f"rapport:4:s{self.session}".encode()).decode()
        if request.headers.get("authorization") != f"Session {own}":
            return 401, "Unauthorized"
        if method == "model.res.user.get_preferences":
            return 200, {"id": 1, "result": CONTEXT}
        model, _dot, name = method.removeprefix("model.").rpartition(".")
        assert params[-1].items() >= CONTEXT.items()
        try:
            return 200, {"id": 1, "result": getattr(self, name)(model, *params[:-1])}
        except LookupError as error:
            return 200, {"id": 1, "error": ["UserError", [str(error), "", None]]}

    def today(self, model: str) -> Any:
        return day("2026-11-30")

    def fields_get(self, model: str, names: list[str]) -> dict[str, Any]:
        return {name.rstrip("."): {} for name in self.rows[model][0] if name.rstrip(".") != self.missing}

    def search_count(self, model: str, domain: Any) -> int:
        return len(self.search(model, domain))

    def search(self, model: str, domain: Any, *page: Any) -> list[int]:
        return [row["id"] for row in self.search_read(model, domain, *page[:2])]

    def search_read(
        self, model: str, domain: Any, offset: int = 0, limit: Any = None, order: Any = None, fields: Any = ()
    ) -> list[Any]:
        assert self.missing not in {name.partition(".")[0] for name in fields}
        rows = [row for row in self.rows[model] if all(_meets(row, clause) for clause in domain)]
        return copy.deepcopy(rows[offset : offset + (limit or 1_000)])

    def create(self, model: str, rows: list[Any]) -> list[int]:
        new = [{"id": 100 + n, **row} for n, row in enumerate(rows)]
        self.rows[model] += new
        return [row["id"] for row in new]

    def write(self, model: str, ids: list[int], values: dict[str, Any]) -> None:
        [party] = self.rows["party.party"]
        if model == "party.address":
            party["addresses."][0] |= values | {"write_date": at("2026-11-09")}
            return
        names = {row["id"]: row for row in self.rows["party.category"]}
        for step, chosen in values.pop("categories", []):
            assert step == "add"
            party["categories."] += [names[id] for id in chosen]
        party |= values | {"write_date": at("2026-11-09")}


def _meets(row: Any, clause: Any) -> bool:
    """Of domains what the connector asks for. A path through related records holds if one of them has it."""
    if clause[0] == "OR":
        return any(_meets(row, part) for part in clause[1:])
    path, operator, value = clause
    first, _dot, rest = path.partition(".")
    if rest:
        below = row.get(f"{first}.") or []
        return any(
            _meets(entry, [rest, operator, value])
            for entry in (below if isinstance(below, list) else [below])
        )
    there = row.get(path)
    match operator:
        case "=":
            return bool(there == value)
        case "in" | "not in":
            return (there in value) == (operator == "in")
        case ">":
            return bool(there > value)
    assert operator == ">="
    return there is not None and list(there.values())[1:4] >= list(value.values())[1:4]


@contextmanager
def running() -> Iterator[Erp]:
    with api_server() as api:
        yield Erp(api)
