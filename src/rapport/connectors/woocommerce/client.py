"""WooCommerce's REST API, version 3: numbered pages, keys as user name and password."""

from __future__ import annotations

import base64
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from rapport.connectors.asking import Api, Missing, Refused, last, undocumented, whole
from rapport.connectors.meanings import number
from rapport.connectors.registry import Cursor, Page, Raw, Settings

ROOT = "/wp-json/wc/v3"
PAGE = 100
# Most shops run on small servers of their own.
RATE = 5.0


def root_of(settings: Settings) -> str:
    shop = str(settings["shop"]).strip().rstrip("/")
    return shop if shop.startswith(("https://", "http://")) else f"https://{shop}"


def open_api(settings: Settings) -> Api:
    keys = f"{settings['consumer_key']}:{settings['consumer_secret']}".encode()
    headers = {"Authorization": f"Basic {base64.b64encode(keys).decode()}"}
    return Api(root_of(settings), headers=headers, rate=RATE)


def look(api: Api) -> dict[str, Any]:
    """What the shop is called and sells in."""
    currency = api.get(f"{ROOT}/settings/general/woocommerce_currency").part("value")
    return {"name": api.get("/wp-json/").part("name"), "currency": currency}


def fetch(api: Api, cursor: Cursor, resource: str) -> Page:
    """By ids, so that what comes new meanwhile stands at the end. Each page begins with the last row of the one before:
    where that is gone, others have moved up, and it steps back. Customers cannot be asked for by their changes.
    """
    since = cursor.get("since")
    if since and resource == "customers":
        return _newest(api, cursor, since)
    offset, after = int(cursor.get("offset", 0)), int(cursor.get("after", 0))
    query: dict[str, Any] = {"per_page": PAGE, "orderby": "id", "order": "asc"}
    query |= {"modified_after": since, "dates_are_gmt": "true"} if since else {}
    query |= {"role": "all"} if resource == "customers" else {}
    while True:
        answer = api.get(f"{ROOT}/{resource}", **query, offset=offset)
        rows, total = answer.rows, int(answer.headers.get("x-wp-total") or 0)
        if not offset or (rows and _id(rows[0]) <= after):
            break
        offset = max(offset - PAGE, 0)
    new = [row for row in rows if not 0 < _id(row) <= after]
    ends = offset + len(rows) >= total
    if not ends and not new:
        raise undocumented()
    more = None if ends else {**cursor, "offset": offset + len(rows) - 1, "after": last(new)}
    if resource == "products":
        new = whole(new, partial(_with_variations, api))
    return Page(new, more, None if since else total)


def _id(row: Raw) -> int:
    return int(number(row.get("id")) or 0)


def _newest(api: Api, cursor: Cursor, since: str) -> Page:
    """Customers who registered since; calls bring what changed of others."""
    page = int(cursor.get("page", 1))
    query = {"per_page": PAGE, "page": page, "orderby": "registered_date", "order": "desc", "role": "all"}
    rows = api.get(f"{ROOT}/customers", **query).rows
    goes_on = len(rows) == PAGE and str(rows[-1].get("date_created_gmt")) >= since[:19]
    return Page(rows, {**cursor, "page": page + 1} if goes_on else None)


def single(api: Api, id: str, resource: str) -> Raw:
    if not id.isdecimal():
        raise Refused(_("An id of WooCommerce is a number."))
    row: Raw = api.get(f"{ROOT}/{resource}/{id}").content
    return _with_variations(api, row) if resource == "products" else row


def _with_variations(api: Api, row: Raw) -> Raw:
    """A product with what is told of its variations only at another address."""
    if row.get("type") != "variable" or not row.get("variations"):
        return row
    variations: list[Raw] = []
    page = 1
    try:
        while True:
            answer = api.get(f"{ROOT}/products/{row['id']}/variations", per_page=PAGE, page=page)
            variations += answer.rows
            if page >= int(answer.headers.get("x-wp-totalpages") or 1):
                return {**row, "variations": variations}
            page += 1
    except Missing:  # it went meanwhile
        return {**row, "variations": []}
