"""What Stripe's objects mean. Amounts are in the currency's smallest unit; only customers and subscriptions change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from rapport.connectors import meanings
from rapport.connectors.registry import Context, Raw, Told
from rapport.connectors.telling import Call, Who, identified, moment, needed
from rapport.core.money import from_minor

ENDED = frozenset({"canceled", "incomplete_expired"})


def changed(row: Raw) -> dt.datetime | None:
    return moment(row.get("changed") or row.get("created"))


def customer(row: Raw, context: Context) -> Told:
    if row.get("deleted"):
        return Told()
    at, address = changed(row) or needed(None, "created"), row.get("address") or {}
    who = Who(meanings.customer_id(context, row["id"]), row.get("email") or "", row.get("phone") or "")
    traits = {
        "name": row.get("name"),
        "city": address.get("city"),
        "country": address.get("country"),
        "postal_code": address.get("postal_code"),
    }
    return Told([identified(f"customers:{row['id']}:{int(at.timestamp())}", at, who, **traits)])


def charge(row: Raw, context: Context) -> Told:
    """A payment. Where nothing else tells of the sale, it is the order, too."""
    return Told(list(_charge(row, context)))


def _charge(row: Raw, context: Context) -> Iterator[Call]:
    details, at, id = (
        row.get("billing_details") or {},
        needed(row["created"], "created"),
        f"charges:{row['id']}",
    )
    email = details.get("email") or row.get("receipt_email") or ""
    who = meanings.buyer(context, row.get("customer"), email, details.get("phone"))
    if who.identifiers:
        yield identified(f"{id}:who", at, who, name=None if who.ids else details.get("name"))
    currency, is_order = str(row["currency"]).upper(), bool(context.settings.get("charges_are_orders"))
    order = {"order_id": row["id"], "store": context.store} if is_order else {}

    def call(event: str, name: str, when: dt.datetime, **properties: Any) -> Call:
        whole = {**order, "currency": currency, **properties}
        return Call(event, f"{id}:{name}", when, who, whole, f"{context.kind}-{row['id']}")

    yield from _payment(row, call, at, from_minor(int(row["amount"]), currency), is_order=is_order)
    for refund in meanings.listed((row.get("refunds") or {}).get("data")):
        if refund.get("status") in {"succeeded", "pending", None}:
            back = {"refund_id": refund["id"], "amount": from_minor(int(refund["amount"]), currency)}
            name = "Order Refunded" if is_order else "Charge Refunded"
            when = needed(refund["created"], "created")
            yield call(name, f"refund:{refund['id']}", when, **back, reason=refund.get("reason"))


def _payment(row: Raw, call: Any, at: dt.datetime, total: Decimal, *, is_order: bool) -> Iterator[Call]:
    method = (row.get("payment_method_details") or {}).get("type")
    payment = {"payment_id": row["id"], "amount": total, "payment_method": method}
    if row.get("status") == "failed":
        why = row.get("failure_message")
        yield call("Payment Failed" if is_order else "Charge Failed", "failed", at, **payment, reason=why)
    elif row.get("status") == "succeeded" and is_order:
        goods = {"name": row.get("description") or row["id"], "price": total, "quantity": 1}
        country = ((row.get("billing_details") or {}).get("address") or {}).get("country")
        yield call("Order Completed", "placed", at, total=total, products=[goods], country=country)
        yield call("Order Paid", "paid", at, **payment)
    elif row.get("status") == "succeeded":
        yield call("Charge Succeeded", "paid", at, **payment, description=row.get("description"))


def subscription(row: Raw, context: Context) -> Told:
    """A subscription as it stands; each period it was paid for is a renewal."""
    return Told(list(_subscription(row, context)))


def _subscription(row: Raw, context: Context) -> Iterator[Call]:
    who, id = Who(meanings.customer_id(context, row.get("customer"))), f"subscriptions:{row['id']}"
    started, version = needed(row.get("start_date") or row["created"], "created"), changed(row)
    whole = _plan(row, context)

    def call(event: str, name: str, at: dt.datetime, **more: Any) -> Call:
        return Call(event, f"{id}:{name}", at, who, whole | more, f"{context.kind}-{row['id']}")

    if row.get("status") == "incomplete":
        return
    yield call("Subscription Started", "started", started)
    period = moment(row.get("current_period_start"))
    if period and period > started and row.get("status") in {"active", "trialing"}:
        yield call("Subscription Renewed", f"period:{int(period.timestamp())}", period)
    if row.get("status") in {"past_due", "unpaid"} and version:
        yield call("Subscription Payment Failed", f"failed:{row.get('current_period_start')}", version)
    if row.get("status") in ENDED:
        ended = moment(row.get("ended_at") or row.get("canceled_at")) or version or started
        reason = (row.get("cancellation_details") or {}).get("reason")
        yield call("Subscription Cancelled", f"ended:{int(ended.timestamp())}", ended, reason=reason)
    elif row.get("changed") and version and version > started:
        yield call("Subscription Updated", f"updated:{int(version.timestamp())}", version)


def _plan(row: Raw, context: Context) -> dict[str, Any]:
    lines = meanings.listed((row.get("items") or {}).get("data"))
    price = (lines[0].get("price") or {}) if lines else {}
    currency = str(row.get("currency") or price.get("currency") or "").upper()
    units = sum(
        int((line.get("price") or {}).get("unit_amount") or 0) * int(line.get("quantity") or 1)
        for line in lines
    )
    recurring = price.get("recurring") or {}
    count = int(recurring.get("interval_count") or 1)
    renews = moment(row.get("current_period_end"))
    return {
        "subscription_id": row["id"],
        "store": context.store,
        "plan": price.get("nickname") or price.get("product"),
        "amount": from_minor(units, currency),
        "currency": currency,
        "interval": f"{count} {recurring.get('interval')}s" if count > 1 else recurring.get("interval"),
        "renews_at": renews.isoformat() if renews else None,
    }
