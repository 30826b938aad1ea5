"""django-oscar by django-oscar-api's admin addresses: whole lists, and the lines of each order at its own address."""

from __future__ import annotations

import base64
import datetime as dt
import email.utils
from typing import Any

from django.utils.translation import gettext as _

from rapport.connectors.asking import Api, Refused
from rapport.connectors.registry import Cursor, Page, Raw, Settings
from rapport.connectors.telling import moment

PAGE = 50
RATE = 10.0
# Oscar does not say when an order changed last: of those that young, each look compares what they are.
YOUNG = dt.timedelta(days=60)


class OscarApi(Api):
    """Keeps the lists that were read, which often come whole, for the pages of one reading."""

    def __init__(self, base: str, headers: dict[str, str]) -> None:
        super().__init__(base, headers=headers, rate=RATE)
        self._lists: dict[str, list[Raw]] = {}

    def listed(self, resource: str) -> list[Raw]:
        """By ids, each row with its `id` and when it was `seen`, by the shop's clock."""
        if resource not in self._lists:
            path, rows = f"/admin/{resource}/", []
            while path:
                answer = self.get(path)
                seen = email.utils.parsedate_to_datetime(answer.headers["date"]).isoformat()
                page = answer.content if isinstance(answer.content, list) else answer.part("results")
                rows += [{**row, "id": id_of(row["url"]), "seen": seen} for row in page]
                path = "" if isinstance(answer.content, list) else answer.content.get("next") or ""
            self._lists[resource] = sorted(rows, key=lambda row: int(row["id"]))
        return self._lists[resource]


def id_of(address: Any) -> int:
    """The number at the end of an address, as the API names everything. Raises ValueError."""
    return int(str(address).rstrip("/").rpartition("/")[2])


def root_of(settings: Settings) -> str:
    return str(settings["address"]).strip().rstrip("/")


def open_api(settings: Settings) -> Api:
    keys = f"{settings['username']}:{settings['password']}".encode()
    return OscarApi(root_of(settings), {"Authorization": f"Basic {base64.b64encode(keys).decode()}"})


def look(api: Api) -> dict[str, Any]:
    """Whether the admin's addresses are open to us, and what the shop sells in."""
    products = _oscar(api).listed("products")
    stock = [entry for row in products for entry in row.get("stockrecords") or []]
    return {
        "name": api.base.partition("://")[2].partition("/")[0],
        "currency": stock[0]["price_currency"] if stock else "",
    }


def fetch(api: Api, cursor: Cursor, resource: str) -> Page:
    rows = [row for row in _oscar(api).listed(resource) if int(row["id"]) > int(cursor.get("after", 0))]
    since = moment(cursor.get("since"))
    if since and resource == "orders":
        rows = [row for row in rows if (moment(row["date_placed"]) or since) > since - YOUNG]
    shown = rows[:PAGE]
    if resource == "orders":
        shown = [_with_lines(api, row if since else {**row, "seen": row["date_placed"]}) for row in shown]
    more = {**cursor, "after": shown[-1]["id"]} if len(rows) > PAGE else None
    return Page(shown, more, None if since else len(_oscar(api).listed(resource)))


def single(api: Api, id: str, resource: str) -> Raw:
    if not id.isdecimal():
        raise Refused(_("Give the number at the end of its address in the API."))
    answer = api.get(f"/admin/{resource}/{id}/")
    seen = email.utils.parsedate_to_datetime(answer.headers["date"]).isoformat()
    row = {**answer.content, "id": int(id), "seen": seen}
    return _with_lines(api, row) if resource == "orders" else row


def _with_lines(api: Api, row: Raw) -> Raw:
    return {**row, "lines": api.get(f"/admin/orders/{row['id']}/lines/").rows}


def _oscar(api: Api) -> OscarApi:
    assert isinstance(api, OscarApi)
    return api
