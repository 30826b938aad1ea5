"""What is written into Magento: names and newsletter consent of customers, coupons in cart price rules, comments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from rapport.connectors.asking import Api, Refused
from rapport.connectors.magento import client
from rapport.connectors.registry import CouponOut, Raw, Said, Writing
from rapport.connectors.telling import moment

NAMES = {"first_name": "firstname", "last_name": "lastname"}
# Not logged in, general, wholesale, retailer: the groups that every shop has.
GROUPS = [0, 1, 2, 3]


def fields_in(row: Raw) -> dict[str, Said]:
    at = moment(row.get("updated_at"))
    choice = (row.get("extension_attributes") or {}).get("is_subscribed")
    # Whoever was never asked is not subscribed, either: it says nothing of an opt-out.
    value = "subscribed" if choice is True else "not_subscribed"
    return {name: Said(row.get(theirs) or "", at) for name, theirs in NAMES.items()} | {
        "consent:email": Said(value, at)
    }


def write(api: Api, row: Raw, fields: Mapping[str, Said]) -> Raw:
    """A customer is saved as a whole: what is not sent would be emptied."""
    customer: dict[str, Any] = {
        **row,
        **{NAMES[name]: side.value for name, side in fields.items() if name in NAMES},
    }
    if choice := fields.get("consent:email"):
        present = row.get("extension_attributes") or {}
        customer["extension_attributes"] = {**present, "is_subscribed": choice.value == "subscribed"}
    answer: Raw = api.put(f"/V1/customers/{row['id']}", {"customer": customer}).content
    return answer


def rule(api: Api, coupon: CouponOut) -> str:
    """A cart price rule for all codes of a promotion that end together."""
    is_shipping = coupon.kind == "free_shipping"
    # A rule holds through its last day: what ends at midnight ends with the day before.
    last = coupon.ends_at - dt.timedelta(microseconds=1) if coupon.ends_at else None
    content: dict[str, Any] = {
        "name": coupon.title, "website_ids": [1], "customer_group_ids": GROUPS, "is_active": True,
        "from_date": coupon.starts_at.strftime("%Y-%m-%d"), "coupon_type": "SPECIFIC_COUPON",
        "to_date": last.strftime("%Y-%m-%d") if last else None, "use_auto_generation": True,
        "uses_per_customer": coupon.per_person or 0, "uses_per_coupon": coupon.max_uses or 0,
        "simple_action": "cart_fixed" if coupon.kind == "amount" else "by_percent",
        "discount_amount": 0 if is_shipping else float(coupon.value),
        "simple_free_shipping": "2" if is_shipping else "0",
        "stop_rules_processing": not coupon.combines,
    }  # fmt: skip
    if coupon.minimum is not None:
        content["condition"] = {
            "condition_type": "Magento\\SalesRule\\Model\\Rule\\Condition\\Combine",
            "aggregator_type": "all", "value": "1",
            "conditions": [{
                "condition_type": "Magento\\SalesRule\\Model\\Rule\\Condition\\Address", "operator": ">=",
                "attribute_name": "base_subtotal", "value": str(coupon.minimum),
            }],
        }  # fmt: skip
    return str(api.post("/V1/salesRules", {"rule": content}).part("rule_id"))


def coupon(api: Api, coupon: CouponOut, group: str) -> None:
    there = client.search(api, "/V1/coupons/search", ("code", "eq", coupon.code))
    if any(str(entry.get("rule_id")) == group for entry in there):
        return  # a try whose answer was lost made it
    body = {
        "rule_id": int(group),
        "code": coupon.code,
        "usage_limit": coupon.max_uses,
        "is_primary": False,
        "type": 1,
    }
    api.post("/V1/coupons", {"coupon": body})


def withdraw(api: Api, code: str, group: str) -> None:
    for entry in client.search(api, "/V1/coupons/search", ("code", "eq", code)):
        if str(entry.get("rule_id")) == group:
            api.delete(f"/V1/coupons/{entry['coupon_id']}")


def note(api: Api, order: str, text: str) -> None:
    """A comment that customers do not see; the same one stands there once."""
    rows = client.search(api, "/V1/orders", ("increment_id", "eq", order))
    if not rows:
        raise Refused(_("There is no order %(number)s there.") % {"number": order})
    path = f"/V1/orders/{rows[0]['entity_id']}/comments"
    if all(entry.get("comment") != text for entry in api.get(path).part("items") or []):
        status = rows[0].get("status")
        comment = {"comment": text, "status": status, "is_customer_notified": 0, "is_visible_on_front": 0}
        api.post(path, {"statusHistory": comment})


WRITING = Writing(
    fields_in, write, tuple(NAMES), ("email",), coupon=coupon, group=rule, note=note, withdraw=withdraw,
)  # fmt: skip
