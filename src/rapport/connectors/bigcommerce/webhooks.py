"""BigCommerce's calls: they name a record, which is then asked for; signed as Standard Webhooks are."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

from rapport.connectors.asking import Api
from rapport.connectors.registry import Heard, Raw, Settings

SCOPES = (
    "store/order/created", "store/order/updated", "store/order/refund/created", "store/customer/created",
    "store/customer/updated", "store/product/created", "store/product/updated", "store/product/deleted",
)  # fmt: skip


def secret_of(settings: Settings) -> str:
    """Their key is the app's secret itself; the specification wants it in base64."""
    secret = str(settings.get("client_secret") or "")
    return f"whsec_{base64.b64encode(secret.encode()).decode()}" if secret else ""


def heard(payload: Raw, headers: Mapping[str, str]) -> Sequence[Heard]:
    scope, data = payload.get("scope"), payload.get("data")
    if scope not in SCOPES or not isinstance(data, dict):
        return []
    resource = scope.split("/")[1]
    id = (
        str(data.get("orderId") or data.get("order_id") or data["id"])
        if "refund" in scope
        else str(data["id"])
    )
    return [Heard(f"{resource}s", id)]


def subscribe(api: Api, address: str, secret: str) -> str:
    """Enters the scopes that are missing, and wakes those that were switched off."""
    there = {
        hook.get("scope"): hook for hook in api.get("/v3/hooks", limit=250).part("data")
        if hook.get("destination") == address
    }  # fmt: skip
    for scope in SCOPES:
        if scope not in there:
            api.post("/v3/hooks", {"scope": scope, "destination": address, "is_active": True})
        elif not there[scope].get("is_active"):
            api.put(f"/v3/hooks/{there[scope]['id']}", {"is_active": True})
    return secret
