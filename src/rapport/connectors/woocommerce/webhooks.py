"""WooCommerce's calls: one webhook for each topic, signed with a secret that is entered with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rapport.connectors.asking import Api
from rapport.connectors.registry import Heard, Raw
from rapport.connectors.woocommerce.client import PAGE, ROOT

TOPICS = (
    "order.created", "order.updated", "customer.created", "customer.updated", "product.created", "product.updated",
    "product.deleted",
)  # fmt: skip


def heard(payload: Raw, headers: Mapping[str, str]) -> Sequence[Heard]:
    topic = headers.get("x-wc-webhook-topic", "")
    if topic not in TOPICS or "id" not in payload:
        return []  # also the first call, which only tries the address
    resource, _sign, what = topic.partition(".")
    # A call has the numbers of variations alone. The topic is not signed: whether a product is gone, the shop is asked.
    is_thin = payload.get("type") == "variable" or what == "deleted"
    return [Heard(f"{resource}s", str(payload["id"]), None if is_thin else payload)]


def subscribe(api: Api, address: str, secret: str) -> str:
    """Enters the topics that are missing; those that are there get the new secret."""
    there = {
        hook.get("topic"): hook.get("id")
        for hook in api.get(f"{ROOT}/webhooks", per_page=PAGE).rows
        if hook.get("delivery_url") == address
    }
    for topic in TOPICS:
        values = {"secret": secret, "status": "active"}
        if topic in there:
            api.put(f"{ROOT}/webhooks/{there[topic]}", values)
        else:
            new = {"name": f"Rapport {topic}", "topic": topic, "delivery_url": address}
            api.post(f"{ROOT}/webhooks", values | new)
    return secret
