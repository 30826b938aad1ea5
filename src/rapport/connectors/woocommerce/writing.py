"""What is written into WooCommerce: customers with their billing address, coupons, notes on orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from rapport.connectors import meanings
from rapport.connectors.asking import Api, Refused
from rapport.connectors.registry import CouponOut, Raw, Said, Writing
from rapport.connectors.telling import moment
from rapport.connectors.woocommerce.client import ROOT

NAMES = ("first_name", "last_name")
PLACE = {"city": "city", "postal_code": "postcode", "country": "country"}
# WooCommerce keeps neither consent nor tags of customers; plugins and themes read such values of theirs.
CONSENT_KEY, TAGS_KEY = "rapport_email_consent", "rapport_segments"
THERE = "woocommerce_rest_coupon_code_already_exists"


def fields_in(row: Raw) -> dict[str, Said]:
    at, billing = moment(row.get("date_modified_gmt")), row.get("billing") or {}
    fields = {name: Said(row.get(name) or "", at) for name in NAMES}
    fields |= {name: Said(billing.get(theirs) or "", at) for name, theirs in PLACE.items()}
    values = {entry.get("key"): entry.get("value") for entry in meanings.listed(row.get("meta_data"))}
    choice = values.get(CONSENT_KEY)
    fields["consent:email"] = Said(choice if isinstance(choice, str) else "not_subscribed", at)
    return fields | {"tags": Said(sorted(meanings.tags(values.get(TAGS_KEY))), at)}


def write(api: Api, row: Raw, fields: Mapping[str, Said]) -> Raw:
    customer: dict[str, Any] = {name: fields[name].value for name in NAMES if name in fields}
    if place := {theirs: fields[name].value for name, theirs in PLACE.items() if name in fields}:
        customer["billing"] = place
    values = []
    if choice := fields.get("consent:email"):
        values.append({"key": CONSENT_KEY, "value": choice.value})
    if tags := fields.get("tags"):
        values.append({"key": TAGS_KEY, "value": ", ".join(tags.value)})
    if values:
        customer["meta_data"] = values
    answer: Raw = api.put(f"{ROOT}/customers/{row['id']}", customer).content
    return answer


def coupon(api: Api, coupon: CouponOut, group: str) -> None:
    """Each code is a coupon by itself; of somebody's own one only their address may use it."""
    body: dict[str, Any] = {
        "code": coupon.code, "description": coupon.title, "individual_use": not coupon.combines,
        "discount_type": "percent" if coupon.kind == "percent" else "fixed_cart",
        "amount": "0" if coupon.kind == "free_shipping" else f"{coupon.value.normalize():f}",
        "free_shipping": coupon.kind == "free_shipping", "usage_limit": coupon.max_uses,
        "usage_limit_per_user": coupon.per_person,
        "date_expires_gmt": coupon.ends_at.strftime("%Y-%m-%dT%H:%M:%S") if coupon.ends_at else None,
        "minimum_amount": str(coupon.minimum) if coupon.minimum is not None else "",
        "email_restrictions": [coupon.email] if coupon.email else [],
    }  # fmt: skip
    try:
        api.post(f"{ROOT}/coupons", body)
    except Refused as error:
        # A try whose answer was lost may have made it: then it is as we would make it.
        if THERE not in str(error) or not _is_ours(api, coupon):
            raise


def _is_ours(api: Api, coupon: CouponOut) -> bool:
    rows = api.get(f"{ROOT}/coupons", code=coupon.code).rows
    return any(row.get("description") == coupon.title for row in rows)


def withdraw(api: Api, code: str, group: str) -> None:
    for row in api.get(f"{ROOT}/coupons", code=code).rows:
        api.delete(f"{ROOT}/coupons/{row['id']}", force="true")


def note(api: Api, order: str, text: str) -> None:
    """A note that customers do not see; the same one stands there once."""
    rows = [row for row in api.get(f"{ROOT}/orders", search=order).rows if str(row.get("number")) == order]
    if not rows:
        raise Refused(_("There is no order %(number)s there.") % {"number": order})
    path = f"{ROOT}/orders/{rows[0]['id']}/notes"
    if all(entry.get("note") != text for entry in api.get(path).rows):
        api.post(path, {"note": text, "customer_note": False})


WRITING = Writing(
    fields_in, write, (*NAMES, *PLACE), ("email",), tags=True, coupon=coupon, note=note, withdraw=withdraw,
)  # fmt: skip
