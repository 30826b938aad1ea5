"""The demo's promotions: a shared code to try in the shop, and single codes that some customers have."""

from __future__ import annotations

from decimal import Decimal

from rapport.core.access import system
from rapport.core.clock import SYSTEM, Clock
from rapport.promotions.models import Promotion
from rapport.promotions.services import issuing, promotions
from rapport.segments.models import Membership, Segment

WELCOME = "WELCOME10"
HOLDERS = 40


def seed(clock: Clock = SYSTEM) -> bool:
    """Makes them, unless there are some; says whether it did."""
    if Promotion.objects.exists():
        return False
    actor = system("demo")
    welcome = promotions.create(
        actor=actor,
        key="welcome",
        values={
            "name": "Ten percent off the first order", "kind": "percent", "percent": Decimal(10),
            "first_order": True, "person_limit": 1, "issuing": "shared",
        },
    )  # fmt: skip
    promotions.add_code(actor=actor, promotion=welcome, code=WELCOME)
    vip = Segment.objects.get(key="vip")
    thanks = promotions.create(
        actor=actor,
        key="thanks",
        values={
            "name": "£5 for our best customers", "kind": "amount", "amount": Decimal(5), "currency": "GBP",
            "minimum": Decimal(20), "segment": vip, "valid_days": 60, "remind_days": 7, "budget": Decimal(1000),
        },
    )  # fmt: skip
    members = Membership.objects.filter(segment=vip).order_by("person_id")
    issuing.issue_many(thanks, list(members.values_list("person_id", flat=True)[:HOLDERS]), clock)
    return True
