"""What is written into BigCommerce: names of customers, coupons, notes of staff on orders."""

from __future__ import annotations

import email.utils
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from rapport.connectors.asking import Api, Missing, Refused
from rapport.connectors.registry import CouponOut, Raw, Said, Writing
from rapport.connectors.telling import moment

NAMES = ("first_name", "last_name")
TYPES = {"percent": "percentage_discount", "amount": "per_total_discount", "free_shipping": "free_shipping"}


def fields_in(row: Raw) -> dict[str, Said]:
    at = moment(row.get("date_modified"))
    return {name: Said(row.get(name) or "", at) for name in NAMES}


def write(api: Api, row: Raw, fields: Mapping[str, Said]) -> Raw:
    values = {name: side.value for name, side in fields.items()}
    answer: list[Raw] = api.put("/v3/customers", [{"id": row["id"], **values}]).part("data")
    return {**row, **answer[0]}


def coupon(api: Api, coupon: CouponOut, group: str) -> None:
    """Names of coupons are there once as well, so the code stands in it."""
    there = api.get("/v2/coupons", code=coupon.code).content or []
    name = f"{coupon.title} {coupon.code}"[:100]
    if any(entry.get("name") == name for entry in there):
        return  # a try whose answer was lost made it
    body: dict[str, Any] = {
        "name": name, "code": coupon.code, "type": TYPES[coupon.kind], "amount": f"{coupon.value.normalize():f}",
        "min_purchase": str(coupon.minimum or 0), "enabled": True, "applies_to": {"entity": "categories", "ids": [0]},
        "max_uses": coupon.max_uses or 0, "max_uses_per_customer": coupon.per_person or 0,
    }  # fmt: skip
    if coupon.ends_at:
        body["expires"] = email.utils.format_datetime(coupon.ends_at)
    api.post("/v2/coupons", body)


def withdraw(api: Api, code: str, group: str) -> None:
    for entry in api.get("/v2/coupons", code=code).content or []:
        if entry.get("code") == code:
            api.delete(f"/v2/coupons/{entry['id']}")


def note(api: Api, order: str, text: str) -> None:
    """Staff have one note for each order: what stands there stays above ours, and ours stands there once."""
    try:
        if not order.isdecimal():
            raise Missing("")
        present = api.get(f"/v2/orders/{order}").part("staff_notes") or ""
    except Missing as error:
        raise Refused(_("There is no order %(number)s there.") % {"number": order}) from error
    if text not in present.split("\n\n"):
        api.put(f"/v2/orders/{order}", {"staff_notes": f"{present}\n\n{text}" if present else text})


WRITING = Writing(fields_in, write, NAMES, coupon=coupon, note=note, withdraw=withdraw)
