"""What is written into Shopify: customers, discount codes, notes on orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from rapport.connectors import meanings
from rapport.connectors.asking import Api, Missing, Refused
from rapport.connectors.registry import CouponOut, Raw, Said, Writing
from rapport.connectors.shopify.client import ROOT
from rapport.connectors.telling import moment

NAMES = ("first_name", "last_name")
PLACE = {"city": "city", "postal_code": "zip", "country": "country_code"}
CHANNELS = ("email", "sms")


def fields_in(row: Raw) -> dict[str, Said]:
    at, address = moment(row.get("updated_at")), row.get("default_address") or {}
    fields = {name: Said(row.get(name) or "", at) for name in NAMES}
    if address.get("id"):
        fields |= {name: Said(address.get(theirs) or "", at) for name, theirs in PLACE.items()}
    for channel in CHANNELS:
        choice = row.get(f"{channel}_marketing_consent") or {}
        if channel == "email" or choice:
            since = moment(choice.get("consent_updated_at"))
            fields[f"consent:{channel}"] = Said(choice.get("state") or "not_subscribed", since)
    return fields | {"tags": Said(sorted(meanings.tags(row.get("tags"))), at)}


def write(api: Api, row: Raw, fields: Mapping[str, Said]) -> Raw:
    """The address has an address of its own."""
    address = {theirs: fields[name].value for name, theirs in PLACE.items() if name in fields}
    customer: dict[str, Any] = {name: fields[name].value for name in NAMES if name in fields}
    if "tags" in fields:
        customer["tags"] = ", ".join(fields["tags"].value)
    for channel in CHANNELS:
        if choice := fields.get(f"consent:{channel}"):
            customer[f"{channel}_marketing_consent"] = {
                "state": choice.value, "opt_in_level": "single_opt_in",
                "consent_updated_at": choice.at.isoformat() if choice.at else None,
            }  # fmt: skip
    path = f"{ROOT}/customers/{row['id']}"
    if address:
        id = row["default_address"]["id"]
        api.put(f"{path}/addresses/{id}.json", {"address": {"id": id, **address}})
    if customer:
        answer: Raw = api.put(f"{path}.json", {"customer": {"id": row["id"], **customer}}).part("customer")
        return answer
    fresh: Raw = api.get(f"{path}.json").part("customer")
    return fresh


def coupon(api: Api, coupon: CouponOut, group: str) -> None:
    try:
        api.post(f"{ROOT}/price_rules/{group}/discount_codes.json", {"discount_code": {"code": coupon.code}})
    except Missing:
        raise
    except Refused as error:
        # A try whose answer was lost may have made it.
        if "must be unique" not in str(error) or not _is_in(api, group, coupon.code):
            raise


def _is_in(api: Api, group: str, code: str) -> bool:
    rows = api.get(f"{ROOT}/price_rules/{group}/discount_codes.json", limit=250).part("discount_codes")
    return any(str(entry.get("code")).upper() == code.upper() for entry in rows)


def withdraw(api: Api, code: str, group: str) -> None:
    """It is looked for among the codes of its rule."""
    if not group:
        return
    path = f"{ROOT}/price_rules/{group}/discount_codes"
    after = 0
    while rows := api.get(f"{path}.json", limit=250, since_id=after).part("discount_codes"):
        for entry in rows:
            if str(entry.get("code")).upper() == code.upper():
                api.delete(f"{path}/{entry['id']}.json")
                return
        after = rows[-1]["id"]


def rule(api: Api, coupon: CouponOut) -> str:
    """A price rule for all codes of a promotion that end together."""
    is_shipping = coupon.kind == "free_shipping"
    content: dict[str, Any] = {
        "title": coupon.title, "allocation_method": "each" if is_shipping else "across",
        "target_type": "shipping_line" if is_shipping else "line_item", "target_selection": "all",
        "value_type": "fixed_amount" if coupon.kind == "amount" else "percentage",
        "value": "-100.0" if is_shipping else f"-{coupon.value.normalize():f}", "customer_selection": "all",
        "starts_at": coupon.starts_at.isoformat(), "ends_at": coupon.ends_at.isoformat() if coupon.ends_at else None,
        "usage_limit": coupon.max_uses, "once_per_customer": coupon.per_person == 1,
    }  # fmt: skip
    if coupon.minimum is not None:
        content["prerequisite_subtotal_range"] = {"greater_than_or_equal_to": str(coupon.minimum)}
    return str(api.post(f"{ROOT}/price_rules.json", {"price_rule": content}).part("price_rule")["id"])


def note(api: Api, order: str, text: str) -> None:
    """An order has one note: what stands there stays above ours, and ours stands there once."""
    rows = api.get(f"{ROOT}/orders.json", name=order, status="any", limit=5).part("orders")
    row = next((row for row in rows if row.get("name") == order), None)
    if row is None:
        raise Refused(_("There is no order %(number)s there.") % {"number": order})
    present = row.get("note") or ""
    if text not in present.split("\n\n"):
        whole = f"{present}\n\n{text}" if present else text
        api.put(f"{ROOT}/orders/{row['id']}.json", {"order": {"id": row["id"], "note": whole}})


WRITING = Writing(
    fields_in, write, (*NAMES, *PLACE), CHANNELS, tags=True, coupon=coupon, group=rule, note=note, withdraw=withdraw,
)  # fmt: skip
