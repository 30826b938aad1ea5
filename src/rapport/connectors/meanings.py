"""What shops have in common: customers, goods and consents as Rapport has them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError

from rapport.commerce.services.items import gtin
from rapport.connectors.registry import Context
from rapport.connectors.telling import Call, Who
from rapport.content.services.plaintext import from_html

CUSTOMER_ID = "store_customer_id"


def customer_id(context: Context, id: Any) -> dict[str, str]:
    """What a customer is called in that shop, so that no two shops' customers are taken for one."""
    return {CUSTOMER_ID: f"{customers_begin(context.kind, context.store)}{id}"} if id else {}


def customers_begin(kind: str, store: str) -> str:
    """How the numbers of a shop's customers begin."""
    return f"{kind} {store} "


def consent(
    context: Context, who: Who, *, channel: str, granted: bool, id: str, at: dt.datetime, **evidence: Any
) -> list[Call]:
    """What somebody said in the shop about being written to. Without a purpose for it nothing is taken over."""
    purpose = str(context.settings.get("consent_purpose") or "").strip()
    if not purpose:
        return []
    event = "Consent Granted" if granted else "Consent Withdrawn"
    name = f"{id}:{'granted' if granted else 'withdrawn'}:{int(at.timestamp())}"
    return [Call(event, name, at, who, {"purpose": purpose, "channel": channel, **evidence})]


def total(amounts: Iterable[Any]) -> Decimal:
    return sum((Decimal(str(amount or 0)) for amount in amounts), Decimal(0))


def amount(value: Any) -> Decimal | None:
    """Raises ArithmeticError for what is no number."""
    return None if value in (None, "") else Decimal(str(value))


def plain(markup: str | None) -> str | None:
    """A description without its markup."""
    if markup is None:
        return None
    return from_html(markup)[:20_000]


def code(text: Any) -> str | None:
    """The number of a barcode, where it is one."""
    try:
        return gtin(str(text)) if text else None
    except ValidationError:
        return None


def listed(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list; nothing where there is none."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def tags(text: Any) -> list[str]:
    """Tags as shops write them: a list, or one text with commas."""
    pieces = text if isinstance(text, list) else str(text or "").split(",")
    return [part.strip() for part in map(str, pieces) if part.strip()][:250]
