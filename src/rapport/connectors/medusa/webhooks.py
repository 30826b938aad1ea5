"""Medusa's calls. It makes none by itself: a subscriber in the shop's own code does, with the events that it is given.

The guide has that subscriber. A call names what it is about; the record is then asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from rapport.connectors.asking import Api, Refused
from rapport.connectors.medusa.client import MedusaApi
from rapport.connectors.registry import Heard, Raw, Settings

HEADER, PREFIX = "X-Rapport-Signature", "sha256="


def secret_of(settings: Settings) -> str:
    return str(settings.get("webhook_secret") or "")


def heard(payload: Raw, headers: Mapping[str, str]) -> Sequence[Heard]:
    """Of an event `order.return_received` it is the order that is told anew."""
    name, data = str(payload.get("name") or ""), payload.get("data")
    about = name.partition(".")[0]
    entries: list[Any] = data if isinstance(data, list) else [data]
    rows = [entry for entry in entries if isinstance(entry, dict)]
    if about in {"customer", "product"}:
        return [Heard(f"{about}s", str(row["id"])) for row in rows]
    named = [row.get("order_id") or (row["id"] if about == "order" else None) for row in rows]
    return [Heard("orders", str(id)) for id in named if id]


def subscribe(api: Api, address: str, secret: str) -> str:
    """There is nothing to enter in Medusa: the shop's code has the address and the secret."""
    if not isinstance(api, MedusaApi) or secret != api.webhook_secret:
        raise Refused(
            _("Choose a webhook secret in the settings first; the subscriber in the shop signs with it.")
        )
    return secret
