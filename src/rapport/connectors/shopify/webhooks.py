"""Shopify's calls: one topic for each kind of record, signed with the app's secret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rapport.connectors.asking import Api
from rapport.connectors.registry import Heard, Raw
from rapport.connectors.shopify.client import ROOT

# What is paid, sent, cancelled or given back also updates the order.
TOPICS = (
    "orders/create", "orders/updated", "customers/create", "customers/update", "products/create", "products/update",
    "products/delete", "checkouts/create", "checkouts/update",
)  # fmt: skip


def heard(payload: Raw, headers: Mapping[str, str]) -> Sequence[Heard]:
    topic = headers.get("x-shopify-topic", "")
    if topic not in TOPICS:
        return []
    resource, _sign, what = topic.partition("/")
    # The topic is not signed: whether a product is gone, the shop is asked; and what is another thing is not taken.
    named = str(payload.get("admin_graphql_api_id") or "")
    if named.startswith("gid://shopify/") and named.split("/")[3].lower() not in {
        resource[:-1],
        "abandonedcheckout",
    }:
        return []
    return [Heard(resource, str(payload.get("id", "")), None if what == "delete" else payload)]


def subscribe(api: Api, address: str, secret: str) -> str:
    """Enters the topics that are not there yet."""
    there = api.get(f"{ROOT}/webhooks.json", address=address, limit=250).part("webhooks")
    entered = {entry.get("topic") for entry in there}
    for topic in TOPICS:
        if topic not in entered:
            api.post(
                f"{ROOT}/webhooks.json", {"webhook": {"topic": topic, "address": address, "format": "json"}}
            )
    return secret
