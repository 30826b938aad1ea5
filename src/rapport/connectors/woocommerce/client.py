"""WooCommerce's REST API, version 3: numbered pages, keys as user name and password."""

from __future__ import annotations

import base64
from typing import Any

from django.utils.translation import gettext as _

from rapport.connectors.asking import Api, Missing, Refused
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
    """By ids, so that what comes new meanwhile stands at the end. Customers cannot be asked for by their changes:
    of them a look takes the newest, and calls bring the rest.
    """
    page = int(cursor.get("page", 1))
    query: dict[str, Any] = {"per_page": PAGE, "page": page, "orderby": "id", "order": "asc"}
    since, goes_on = cursor.get("since"), True
    if since and resource == "customers":
        query |= {"orderby": "registered_date", "order": "desc"}
        goes_on = False
    elif since:
        query |= {"modified_after": since, "dates_are_gmt": "true"}
    answer = api.get(f"{ROOT}/{resource}", **query)
    rows = answer.rows
    if resource == "products":
        rows = [_with_variations(api, row) for row in rows]
    last = int(answer.headers.get("x-wp-totalpages") or 1)
    more = {**cursor, "page": page + 1} if goes_on and page < last else None
    return Page(rows, more, None if since else int(answer.headers.get("x-wp-total") or 0))


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
