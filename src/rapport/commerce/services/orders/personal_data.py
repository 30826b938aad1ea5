"""What orders hold about a person: handed out, and forgotten.

An order is also the business's: its number, its sums and its products are kept for the books (GDPR article 17 (3) b),
as nobody's. What leads to the person goes: who they were, parcels' tracking numbers, reasons in their words, codes of
coupons. Carts and subscriptions go as a whole.
"""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
from django.core.files.storage import default_storage
from django.db.models import Q

from rapport.commerce.models import (
    Cart,
    CommerceFact,
    CustomerValue,
    Order,
    OrderFile,
    OrderFileRow,
    Subscription,
)
from rapport.commerce.services.order_facts import keeping, structs
from rapport.commerce.services.order_facts.stored import standing
from rapport.commerce.services.order_facts.structs import Coupon
from rapport.commerce.services.orders import projection
from rapport.core import sql
from rapport.core.registry import PersonalData
from rapport.people.models import Identifier


def export(person_ids: list[uuid.UUID]) -> dict[str, Any]:
    """Every order, cart and subscription of theirs."""
    orders = Order.objects.filter(person_id__in=person_ids).prefetch_related(
        "lines", "parcels", "returns", "refunds"
    )
    return {
        "orders": [_order(order) for order in orders.order_by("placed_at", "pk")],
        "value": [
            {
                "group": row.group,
                "orders": row.orders,
                "net": str(row.net),
                "last_at": row.last_at.isoformat(),
            }
            for row in CustomerValue.objects.filter(person_id__in=person_ids)
        ],
        "carts": [
            {
                "id": str(cart.pk),
                "state": cart.state,
                "opened_at": cart.opened_at.isoformat(),
                "products": cart.lines,
            }
            for cart in Cart.objects.filter(person_id__in=person_ids).order_by("opened_at")
        ],
        "subscriptions": [
            {
                "id": row.external_id,
                "plan": row.plan,
                "state": row.state,
                "started_at": row.started_at.isoformat(),
            }
            for row in Subscription.objects.filter(person_id__in=person_ids).order_by("started_at")
        ],
    }


def _order(order: Order) -> dict[str, Any]:
    return {
        "number": str(order),
        "state": order.state,
        "placed_at": order.placed_at.isoformat(),
        "currency": order.currency,
        "total": str(order.total),
        "refunded": str(order.refunded),
        "coupons": order.coupons,
        "products": [
            {
                "product": line.product_ref,
                "name": line.name,
                "quantity": str(line.quantity),
                "amount": str(line.amount),
            }
            for line in order.lines.all()
        ],
        "parcels": [{"carrier": row.carrier, "tracking_number": row.tracking} for row in order.parcels.all()],
        "returns": [{"at": row.at.isoformat(), "reason": row.reason} for row in order.returns.all()],
        "refunds": [{"at": row.at.isoformat(), "amount": str(row.amount)} for row in order.refunds.all()],
    }


def erase(person_ids: list[uuid.UUID]) -> dict[str, int]:
    """Makes their orders nobody's, and takes away the rest."""
    sql.run("SELECT pg_advisory_xact_lock(%b)", [projection.LOCK])
    # What was not folded yet is no order that could be seen to be theirs.
    theirs = CommerceFact.objects.filter(home__in=person_ids, about="order")
    projection.project(list(theirs.values_list("subject", flat=True).distinct()))
    carts, _ = Cart.objects.filter(person_id__in=person_ids).delete()
    CustomerValue.objects.filter(person_id__in=person_ids).delete()
    subscriptions, _ = Subscription.objects.filter(person_id__in=person_ids).delete()
    orders = list(Order.objects.filter(person_id__in=person_ids).values_list("pk", flat=True))
    CommerceFact.objects.filter(home__in=person_ids).exclude(about="order").delete()
    stored_facts = CommerceFact.objects.filter(subject__in=orders)
    _leave_out(orders)
    stripped = [_stripped(fact) for fact in stored_facts]
    CommerceFact.objects.bulk_update(stripped, ["home", "message_id", "content", "is_known"], batch_size=1000)
    _leave_others(person_ids)
    projection.project(orders)
    return {
        "commerce_cart": carts,
        "commerce_subscription": subscriptions,
        "commerce_order": len(orders),
        "commerce_commercefact": len(stripped),
        "commerce_orderfile": _forget_files(person_ids),
    }


def _forget_files(person_ids: list[uuid.UUID]) -> int:
    """Files may name anybody; of one that is being read, the rows that name the person are not told of."""
    named = Q(pk=None)
    for value in Identifier.objects.filter(person_id__in=person_ids).values_list("value", flat=True):
        named |= Q(content__contains=msgspec.json.encode(value).decode())
    OrderFileRow.objects.filter(named).delete()
    idle = OrderFile.objects.exclude(file="").exclude(state__in=("waiting", "running"))
    for run in idle:
        default_storage.delete(run.file)
    return idle.update(file="")


def _stripped(row: CommerceFact) -> CommerceFact:
    fact = structs.decode(row.content.encode())
    fact.tracking = fact.tracking_url = fact.reason = fact.cart = ""
    fact.coupons = [Coupon("", "", coupon.amount) for coupon in fact.coupons]
    row.home, row.message_id, row.is_known, row.content = None, "", False, structs.encode(fact).decode()
    return row


def _leave_out(orders: list[uuid.UUID]) -> None:
    """What does not count goes: without the events' ids nothing could say so any more."""
    for kept in keeping.facts_of(orders).values():
        counting = {stored.key for stored in standing(kept)}
        gone = [stored.key for stored in kept if stored.key not in counting]
        CommerceFact.objects.filter(pk__in=gone).delete()


# What a device of theirs said of an order that is somebody else's stays that other person's.
_OTHERS = """
    UPDATE commerce_commercefact AS fact SET home = o.home FROM commerce_order AS o
    WHERE o.id = fact.subject AND fact.home = ANY(%b::uuid[])
"""


def _leave_others(person_ids: list[uuid.UUID]) -> None:
    sql.run(_OTHERS, [person_ids])


HOLDER = PersonalData(
    "commerce",
    (
        "commerce.Order.person",
        "commerce.Cart.person",
        "commerce.Subscription.person",
        "commerce.CommerceFact.home",
        "commerce.CommerceFact.message_id",
        "commerce.CommerceFact.content",
        "commerce.Order.cancel_reason",
        "commerce.Payment.reason",
        "commerce.Return.reason",
        "commerce.Refund.reason",
        "commerce.Subscription.reason",
        "commerce.Parcel.tracking",
        "commerce.Parcel.tracking_url",
        "commerce.CustomerValue.person",
        "commerce.OrderFile.file",
        "commerce.OrderFileRow.content",
    ),
    export,
    erase,
)
