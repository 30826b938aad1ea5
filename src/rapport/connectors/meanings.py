"""What shops have in common: customers, goods and consents as Rapport has them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from rapport.commerce.services.items import Item, gtin
from rapport.connectors.registry import Context, Told
from rapport.connectors.telling import Call, Unfit, Who
from rapport.content.services.plaintext import from_html

CUSTOMER_ID = "store_customer_id"
# How systems write that there is nobody and nothing.
NOTHING = frozenset({"", "0", "null", "none", "nil", "nan", "undefined", "true", "false"})


def number(value: Any) -> str:
    """A number or key as systems write it; empty for null in whatever shape, and for what cannot be one."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value).strip()
    return "" if text.lower() in NOTHING or len(text) > 200 or not text.isprintable() else text


def own(value: Any, name: str) -> str:
    """The number that a record cannot do without. Raises Unfit."""
    if text := number(value):
        return text
    raise Unfit(_("It has no “%(field)s”.") % {"field": name})


def customer_id(context: Context, id: Any) -> dict[str, str]:
    """What a customer is called in that shop, so that no two shops' customers are taken for one."""
    name = number(id)
    return {CUSTOMER_ID: f"{customers_begin(context.kind, context.store)}{name}"} if name else {}


def buyer(context: Context, account: Any, email: Any, phone: Any = "", *, own_email: Any = "") -> Who:
    """Who ordered. An account is enough, with `own_email` where the shop says the account's own: what is typed in at
    the checkout may be anybody's. A guest is who has the address; the phone is often that of who is given a present.
    """
    if ids := customer_id(context, account):
        return Who(ids, text(own_email))
    return Who({}, text(email), "" if email else text(phone))


def guest_names(who: Who, address: Mapping[str, Any]) -> dict[str, Any]:
    """Of a guest, what the address says; an account has names of its own."""
    return {} if who.ids else {name: address.get(name) for name in ("first_name", "last_name")}


def gone(id: str) -> Told:
    """A product that is not there any more."""
    return Told(items=[Item(product=id, variant="", status="gone")])


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


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
