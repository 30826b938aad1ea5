"""Shopify's Admin API (REST): pages, its pace, and keys that run out."""

from __future__ import annotations

import re
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.utils.translation import gettext as _

from rapport.connectors.asking import Api, Refused, Reply, last, records
from rapport.connectors.registry import Cursor, Page, Raw, Settings

VERSION = "2025-10"
ROOT = f"/admin/api/{VERSION}"
# The bucket of the smallest plan gets two a second.
RATE = 2.0
PAGE = 250
_NEXT = re.compile(r'<([^>]+)>;\s*rel="?next"?')


def root_of(settings: Settings) -> str:
    """The address of a shop, of which people write the name, the domain or the whole."""
    shop = str(settings["shop"]).strip().rstrip("/")
    if shop.startswith(("https://", "http://")):
        return shop
    return f"https://{shop if '.' in shop else f'{shop}.myshopify.com'}"


def open_api(settings: Settings) -> Api:
    """With the token of an app made in the shop's admin, or with an app's id and secret, which give one for a day."""
    if token := settings.get("access_token"):
        return Api(root_of(settings), headers={"X-Shopify-Access-Token": str(token)}, rate=RATE)
    return Api(root_of(settings), sign=_Granted(settings).headers, rate=RATE)


class _Granted:
    """A token by the client credentials grant, asked for when it is first needed and when it runs out."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._token, self._until = settings, "", 0.0

    def headers(self, _api: Api) -> dict[str, str]:
        if not self._token or self._until <= time.monotonic():
            self._ask()
        return {"X-Shopify-Access-Token": self._token}

    def _ask(self) -> None:
        api = Api(root_of(self._settings))
        api.hide([self._settings.get("client_secret")])
        fields = [
            ("grant_type", "client_credentials"),
            ("client_id", str(self._settings.get("client_id") or "")),
            ("client_secret", str(self._settings.get("client_secret") or "")),
        ]
        try:
            answer = api.form("/admin/oauth/access_token", fields)
        finally:
            api.close()
        self._token = str(answer.part("access_token"))
        self._until = time.monotonic() + int(answer.content.get("expires_in") or 3600) - 60


def look(api: Api) -> dict[str, Any]:
    """What the shop is called and sells in."""
    shop = api.get(f"{ROOT}/shop.json").part("shop")
    return {name: shop.get(name) for name in ("name", "currency", "domain", "myshopify_domain")}


def fetch(api: Api, cursor: Cursor, resource: str, **given: str) -> Page:
    """All of it by ids, so that it can go on at any time; what changed since a moment by Shopify's own pages."""
    path = f"{ROOT}/{resource}.json"
    if since := cursor.get("since"):
        answer = api.get(path, limit=PAGE, updated_at_min=since, order="updated_at asc", **given)
        return _by_page(answer, resource)
    if page := cursor.get("page"):
        return _by_page(api.get(path, limit=PAGE, page_info=page), resource)
    answer = api.get(path, limit=PAGE, since_id=cursor.get("after", 0), **given)
    rows = records(answer.part(resource))
    is_full = len(rows) == PAGE or bool(_NEXT.search(answer.headers.get("link", "")))
    more = {"after": last(rows)} if is_full else None
    return Page(rows, more, _count(api, resource, given) if not cursor else None)


def _by_page(answer: Reply, resource: str) -> Page:
    following = _NEXT.search(answer.headers.get("link", ""))
    info = parse_qs(urlsplit(following.group(1)).query).get("page_info", [""])[0] if following else ""
    return Page(records(answer.part(resource)), {"page": info} if info else None)


def _count(api: Api, resource: str, given: dict[str, str]) -> int:
    return int(api.get(f"{ROOT}/{resource}/count.json", **given).part("count"))


def one(api: Api, id: str, resource: str, singular: str) -> Raw:
    if not id.isdecimal():
        raise Refused(_("An id of Shopify is a number."))
    row: Raw = api.get(f"{ROOT}/{resource}/{id}.json").part(singular)
    return row
