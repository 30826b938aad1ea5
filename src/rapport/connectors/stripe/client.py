"""Stripe's API: lists from the newest to the oldest, and events of the last thirty days for what changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from rapport.connectors.asking import Api, Missing, Refused, last, records
from rapport.connectors.registry import Cursor, Page, Raw, Settings

ADDRESS = "https://api.stripe.com"
VERSION = "2024-06-20"
PAGE = 100
# In test mode Stripe allows 25 a second.
RATE = 20.0
# What Stripe does not send along unless it is asked to.
EXPANDED = {"charges": "refunds"}


def open_api(settings: Settings) -> Api:
    headers = {"Authorization": f"Bearer {settings['secret_key']}", "Stripe-Version": VERSION}
    return Api(ADDRESS, headers=headers, rate=RATE)


def look(api: Api) -> dict[str, Any]:
    """Whose account it is."""
    account = api.get("/v1/account").content or {}
    profile = account.get("business_profile") or {}
    return {
        "name": profile.get("name") or account.get("email") or account.get("id"),
        "currency": str(account.get("default_currency") or "").upper(),
        "account": account.get("id"),
    }


def fetch(api: Api, cursor: Cursor, resource: str, events: Sequence[str]) -> Page:
    if "since" in cursor:
        return _changes(api, cursor, resource, events)
    query: dict[str, Any] = {"limit": PAGE, "starting_after": cursor.get("after")}
    if resource in EXPANDED:
        query["expand[]"] = f"data.{EXPANDED[resource]}"
    if resource == "subscriptions":
        query["status"] = "all"
    answer = api.get(f"/v1/{resource}", **query)
    rows = records(answer.part("data"))
    return Page(rows, {"after": last(rows)} if answer.part("has_more") else None)


def _changes(api: Api, cursor: Cursor, resource: str, events: Sequence[str]) -> Page:
    """What the events since then are about: as the event has it, with its moment; what has to be expanded, as it is."""
    since = int(dt.datetime.fromisoformat(cursor["since"]).timestamp())
    query = {
        "limit": PAGE,
        "created[gte]": since,
        "types[]": list(events),
        "starting_after": cursor.get("after"),
    }
    answer = api.get("/v1/events", **query)
    listed = records(answer.part("data"))
    rows = [row for event in listed if (row := row_of(event))]
    if resource in EXPANDED:
        rows = _as_they_are(api, resource, {charge_of(row) for row in rows})
    more = {**cursor, "after": last(listed)} if answer.part("has_more") else None
    return Page(rows, more)


def row_of(event: Raw) -> Raw:
    """What an event is about, and when that was so."""
    return {**event["data"]["object"], "changed": event["created"]}


def charge_of(row: Raw) -> str:
    """The charge that a charge or a refund is about."""
    return str(row["charge"] if row.get("object") == "refund" else row["id"])


def _as_they_are(api: Api, resource: str, ids: set[str]) -> list[Raw]:
    rows = []
    for id in sorted(ids):
        try:
            rows.append(single(api, id, resource))
        except Missing:
            continue
    return rows


def single(api: Api, id: str, resource: str) -> Raw:
    if not id.replace("_", "").isalnum():
        raise Refused(_("An id of Stripe has letters and digits only."))
    row: Raw = api.get(f"/v1/{resource}/{id}", **{"expand[]": EXPANDED.get(resource)}).content
    return row
