"""Stripe's calls: events, signed with a time; a charge with its refunds is asked for, as no event has both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rapport.connectors.asking import Api
from rapport.connectors.registry import Heard, Raw
from rapport.connectors.stripe.client import PAGE, VERSION, charge_of, row_of

EVENTS = {
    "customers": ("customer.created", "customer.updated"),
    "charges": ("charge.succeeded", "charge.failed", "charge.refunded", "charge.refund.updated", "refund.created"),
    "subscriptions": (
        "customer.subscription.created", "customer.subscription.updated", "customer.subscription.deleted",
        "customer.subscription.paused", "customer.subscription.resumed",
    ),
}  # fmt: skip


def heard(payload: Raw, headers: Mapping[str, str]) -> Sequence[Heard]:
    resource = next((name for name, types in EVENTS.items() if payload.get("type") in types), "")
    if not resource:
        return []
    row = row_of(payload)
    if resource == "charges":
        return [Heard(resource, charge_of(row))]
    return [Heard(resource, str(row["id"]), row)]


def subscribe(api: Api, address: str, secret: str) -> str:
    """Stripe tells the secret of an endpoint once, when it is made; so one that is there is made anew."""
    for hook in api.get("/v1/webhook_endpoints", limit=PAGE).part("data"):
        if hook.get("url") == address:
            api.call("DELETE", f"/v1/webhook_endpoints/{hook['id']}")
    fields = [("url", address), ("api_version", VERSION)]
    fields += [("enabled_events[]", name) for names in EVENTS.values() for name in names]
    return str(api.form("/v1/webhook_endpoints", fields).part("secret"))
