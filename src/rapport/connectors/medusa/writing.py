"""What is written into Medusa: names, consent and groups of customers, and codes. It takes no notes on orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from rapport.connectors import meanings
from rapport.connectors.asking import Api, Refused, records
from rapport.connectors.medusa import client
from rapport.connectors.registry import CouponOut, Raw, Said, Writing
from rapport.connectors.telling import moment

NAMES = ("first_name", "last_name")
# Medusa keeps no consent: this further value of a customer (`metadata`) is for the shop's own code to read and to set.
CONSENT_KEY = "rapport_email_consent"


def fields_in(row: Raw) -> dict[str, Said]:
    at = moment(row.get("updated_at"))
    fields = {name: Said(row.get(name) or "", at) for name in NAMES}
    choice = (row.get("metadata") or {}).get(CONSENT_KEY)
    fields["consent:email"] = Said(choice if isinstance(choice, str) else "not_subscribed", at)
    return fields | {"tags": Said(sorted(_groups(row)), at)}


def _groups(row: Raw) -> dict[str, str]:
    """{name: id} of the groups that a customer is in."""
    return {str(entry["name"]): str(entry["id"]) for entry in meanings.listed(row.get("groups"))}


def write(api: Api, row: Raw, fields: Mapping[str, Said]) -> Raw:
    path = f"/admin/customers/{row['id']}"
    body: dict[str, Any] = {name: fields[name].value for name in NAMES if name in fields}
    if choice := fields.get("consent:email"):
        body["metadata"] = {CONSENT_KEY: choice.value}  # the others stay
    if body:
        api.post(path, body)
    if tags := fields.get("tags"):
        there, wanted = _groups(row), set(tags.value)
        add = [_group(api, name) for name in sorted(wanted - there.keys())]
        api.post(
            f"{path}/customer-groups", {"add": add, "remove": [there[name] for name in there.keys() - wanted]}
        )
    return client.single(api, str(row["id"]), "customers")


def _group(api: Api, name: str) -> str:
    """The id of a group, which is made when it is first needed."""
    rows = api.get("/admin/customer-groups", name=name, fields="id,name", limit=1).part("customer_groups")
    group = rows[0] if rows else api.post("/admin/customer-groups", {"name": name}).part("customer_group")
    return str(group["id"])


def campaign(api: Api, coupon: CouponOut) -> str:
    """What begins and ends together is a campaign there, which may be there since a try whose answer was lost."""
    rows = api.get("/admin/campaigns", campaign_identifier=coupon.group, fields="id", limit=1).part(
        "campaigns"
    )
    if not rows:
        body = {
            "name": coupon.title, "campaign_identifier": coupon.group, "starts_at": coupon.starts_at.isoformat(),
            "ends_at": coupon.ends_at.isoformat() if coupon.ends_at else None,
        }  # fmt: skip
        rows = [api.post("/admin/campaigns", body).part("campaign")]
    return str(rows[0]["id"])


def coupon(api: Api, coupon: CouponOut, group: str) -> None:
    """Each code is a promotion by itself; of somebody's own one only their address may use it."""
    if coupon.per_person and not coupon.email and coupon.max_uses != 1:
        raise Refused(_("The shop would not keep the limit for each person."))
    rules = [{"attribute": "email", "operator": "eq", "values": [coupon.email]}] if coupon.email else []
    if coupon.minimum is not None:
        rules.append({"attribute": "item_total", "operator": "gte", "values": [str(coupon.minimum)]})
    body = {
        "code": coupon.code, "type": "standard", "status": "active", "is_automatic": False, "limit": coupon.max_uses,
        "campaign_id": group, "rules": rules, "application_method": _method(coupon),
    }  # fmt: skip
    if not _promotions(api, coupon.code, group):
        api.post("/admin/promotions", body)


def _method(coupon: CouponOut) -> dict[str, Any]:
    if coupon.kind == "free_shipping":
        return {"type": "percentage", "target_type": "shipping_methods", "allocation": "across", "value": 100}
    kind = {"type": "percentage"} if coupon.kind == "percent" else {
        "type": "fixed", "allocation": "across", "currency_code": coupon.currency.lower()
    }  # fmt: skip
    return {**kind, "target_type": "order", "value": float(coupon.value)}


def _promotions(api: Api, code: str, group: str) -> list[Raw]:
    """Ours of that code: another of the same name is the shop's own."""
    rows = api.get("/admin/promotions", code=code, fields="id,code,campaign_id").part("promotions")
    return [row for row in records(rows) if row.get("campaign_id") == group]


def withdraw(api: Api, code: str, group: str) -> None:
    for row in _promotions(api, code, group):
        api.delete(f"/admin/promotions/{row['id']}")


WRITING = Writing(
    fields_in, write, NAMES, ("email",), tags=True, coupon=coupon, group=campaign, withdraw=withdraw,
)  # fmt: skip
