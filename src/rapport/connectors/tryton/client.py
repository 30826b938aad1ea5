"""Tryton's JSON-RPC: records by their ids, whatever changed since a moment, related records by paths of fields."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from rapport.connectors.asking import Api, Denied, Missing, Refused, Trouble
from rapport.connectors.registry import Cursor, Page, Raw, Settings
from rapport.connectors.telling import moment

PAGE = 100
RATE = 10.0
# So many movements of stock between two looks are followed product by product; beyond, all products are read.
MOVES = 2_000
CHANGED = ("create_date", "write_date")

PRODUCTS = (
    "code", "name", "description", "active", "salable", "list_price_used", "forecast_quantity", "type", *CHANGED,
    "template", "template.write_date", "template.active", "identifiers.type", "identifiers.code", "categories.rec_name",
)  # fmt: skip
PARTIES = (
    "name", "code", "email", "phone", "mobile", "active", "replaced_by", *CHANGED, "tax_identifier.code",
    "categories.name", "addresses.city", "addresses.postal_code", "addresses.country.code", "addresses.write_date",
    "contact_mechanisms.write_date",
)  # fmt: skip
SALES = (
    "number", "reference", "state", "sale_date", *CHANGED, "currency.code", "tax_amount", "total_amount", "party",
    "party.name", "party.email", "party.phone", "shipment_address.country.code", "origin", "origin.rec_name",
    "lines.type", "lines.quantity", "lines.unit_price", "lines.amount", "lines.description", "lines.product",
    "lines.product.code", "lines.product.name", "lines.product.template", "shipments.number", "shipments.state",
    "shipments.effective_date", "shipments.write_date", "shipments.outgoing_moves.quantity",
    "shipments.outgoing_moves.origin", "invoices.number", "invoices.state", "invoices.total_amount",
    "invoices.amount_to_pay", "invoices.write_date", "shipment_returns.number", "shipment_returns.state",
    "shipment_returns.effective_date", "shipment_returns.write_date",
)  # fmt: skip
MODELS = {
    "products": ("product.product", PRODUCTS, ("template",)),
    "customers": ("party.party", PARTIES, ("addresses", "contact_mechanisms")),
    "orders": ("sale.sale", SALES, ("shipments", "shipment_returns", "invoices")),
}


class TrytonApi(Api):
    """One session, begun with the first call, and with another when it ran out."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(root_of(settings), rate=RATE)
        self._user, self._password = str(settings["username"]), str(settings["password"])
        self.categories = [
            name for part in str(settings.get("categories") or "").split(",") if (name := part.strip())
        ]
        self._session_key, self._path = "", "/rpc/"
        self._context: Raw | None = None
        self._fields: dict[str, set[str]] = {}

    def rpc(self, method: str, *params: Any) -> Any:
        """Raises asking.Trouble."""
        if not self._session_key:
            self._log_in()
        try:
            return self._ask(method, params)
        except Denied:  # the session is over
            self._log_in()
            return self._ask(method, params)

    def _log_in(self) -> None:
        params = (self._user, {"password": self._password}, "en")
        self._session_key = ""
        try:
            answer = self._ask("common.db.login", params)
        except Missing:  # before version 8 calls have no address of their own
            self._path = "/"
            answer = self._ask("common.db.login", params)
        if not isinstance(answer, list) or len(answer) < 2:
            raise Denied(_("It does not know this user and password."))
        text = f"{self._user}:{answer[0]}:{answer[1]}"
        self._session_key = base64.b64encode(text.encode()).decode()

    def _ask(self, method: str, params: Sequence[Any]) -> Any:
        headers = {"Content-Type": "application/json"}
        if self._session_key:
            headers["Authorization"] = f"Session {self._session_key}"
        body = json.dumps({"id": 1, "method": method, "params": params}).encode()
        answer = self.call("POST", self._path, body, headers)
        if isinstance(answer.content, dict) and (error := answer.content.get("error")):
            raise _refusal(error)
        return plain(answer.part("result"))

    def model(self, name: str, method: str, *params: Any, **context: Any) -> Any:
        """A method of a model, as the company of the user sees it, with what is no longer active."""
        if self._context is None:
            self._context = self.rpc("model.res.user.get_preferences", True, {}) or {}
        return self.rpc(f"model.{name}.{method}", *params, {**self._context, "active_test": False, **context})

    def has(self, model: str, path: str) -> bool:
        """Whether the model has the field that a path begins with: which it has depends on the modules."""
        if model not in self._fields:
            self._fields[model] = set(self.model(model, "fields_get", []))
        return path.partition(".")[0] in self._fields[model]


def _refusal(error: Any) -> Trouble:
    """What Tryton says of a call that failed: [kind, [message, ...]]."""
    kind, content = [*error, ""][:2] if isinstance(error, list) and error else ("", error)
    if kind in {"UserError", "UserWarning"} and isinstance(content, list):
        text = next((part for part in content if isinstance(part, str) and " " in part), kind)
        return Refused(_("It refuses: %(said)s") % {"said": text[:300]})
    if kind == "LoginException":
        return Denied(_("It does not know this user and password."))
    return Trouble(_("It failed: %(said)s") % {"said": str(kind)[:300]})


def plain(content: Any) -> Any:
    """Amounts and moments as texts, as other systems write them."""
    if isinstance(content, list):
        return [plain(entry) for entry in content]
    if not isinstance(content, dict):
        return content
    match content.get("__class__"):
        case "Decimal":
            return content["decimal"]
        case "date":
            return dt.date(content["year"], content["month"], content["day"]).isoformat()
        case "datetime":
            day = dt.date(content["year"], content["month"], content["day"])
            time = dt.time(
                content["hour"], content["minute"], content["second"], content["microsecond"], dt.UTC
            )
            return dt.datetime.combine(day, time).isoformat()
    return {name: plain(entry) for name, entry in content.items()}


def at(moment: dt.datetime | dt.date) -> Raw:
    """A moment as Tryton reads it."""
    names = ["year", "month", "day"]
    kind = "date"
    if isinstance(moment, dt.datetime):
        moment, kind = moment.astimezone(dt.UTC), "datetime"
        names += ["hour", "minute", "second", "microsecond"]
    return {"__class__": kind, **{name: getattr(moment, name) for name in names}}


def root_of(settings: Settings) -> str:
    return str(settings["address"]).strip().rstrip("/")


def open_api(settings: Settings) -> Api:
    return TrytonApi(settings)


def look(api: Api) -> dict[str, Any]:
    """Whose company it is, and in what it counts. Asks for what is read, so that a right that is missing shows now."""
    erp = tryton(api)
    for model, _fields, _related in MODELS.values():
        erp.model(model, "search", [], 0, 1, None)
    row = erp.rpc("model.res.user.get_preferences", True, {}) or {}
    companies = erp.model(
        "company.company", "search_read", [["id", "=", row.get("company")]], 0, 1, None,
        ["party.name", "currency.code"],
    )  # fmt: skip
    if not companies:
        raise Refused(_("The user has no company; choose one in the user's preferences there."))
    return {"name": companies[0]["party."]["name"], "currency": companies[0]["currency."]["code"]}


def fetch(api: Api, cursor: Cursor, resource: str) -> Page:
    """By ids, so that what comes new meanwhile stands at the end."""
    erp, model = tryton(api), MODELS[resource][0]
    chosen = [*_chosen(erp, resource), *_changed(erp, resource, moment(cursor.get("since")))]
    rows = read(erp, resource, [*chosen, ["id", ">", int(cursor.get("after", 0))]], PAGE)
    more = {**cursor, "after": rows[-1]["id"]} if len(rows) == PAGE else None
    return Page(rows, more, None if cursor.get("since") else int(erp.model(model, "search_count", chosen)))


def single(api: Api, id: str, resource: str) -> Raw:
    if not id.isdecimal():
        raise Refused(_("Give the number of the record (its ID), not its code."))
    rows = read(tryton(api), resource, [["id", "=", int(id)]], 1)
    if not rows:
        raise Missing(_("There is no such record."))
    return rows[0]


def read(erp: TrytonApi, resource: str, domain: list[Any], limit: int) -> list[Raw]:
    model, fields, _related = MODELS[resource]
    has = [name for name in fields if erp.has(model, name)]
    context: Raw = {}
    if resource == "products" and erp.has(model, "forecast_quantity"):
        places = erp.model("stock.location", "search", [["type", "=", "warehouse"]], 0, None, None)
        today = dt.date.fromisoformat(erp.model("ir.date", "today"))
        context = {"locations": places, "stock_date_end": at(today)}
    rows: list[Raw] = erp.model(model, "search_read", domain, 0, limit, [["id", "ASC"]], has, **context)
    return rows


def _chosen(erp: TrytonApi, resource: str) -> list[Any]:
    if resource != "customers":
        return []
    own = ["id", "not in", [row["party"] for row in erp.model(
        "company.company", "search_read", [], 0, None, None, ["party"],
    )]]  # fmt: skip
    return [own, ["categories.name", "in", erp.categories]] if erp.categories else [own]


def _changed(erp: TrytonApi, resource: str, since: dt.datetime | None) -> list[Any]:
    """Also where only what hangs on a record changed: the parcel of an order, the stock of a product."""
    if since is None:
        return []
    model, _fields, related = MODELS[resource]
    paths = ["", *(f"{name}." for name in related if erp.has(model, name))]
    ways: list[Any] = [[path + name, ">=", at(since)] for path in paths for name in CHANGED]
    if resource == "products" and erp.has(model, "forecast_quantity"):
        either = ["OR", *([name, ">=", at(since)] for name in CHANGED)]
        moves = erp.model("stock.move", "search_read", [either], 0, MOVES, None, ["product"])
        if len(moves) == MOVES:
            return []
        ways.append(["id", "in", sorted({row["product"] for row in moves})])
    return [["OR", *ways]]


def tryton(api: Api) -> TrytonApi:
    assert isinstance(api, TrytonApi)
    return api
