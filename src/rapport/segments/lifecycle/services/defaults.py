"""The stages that a new lifecycle starts with. Anybody may change them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

ORDER = "Order Completed"
LAPSING_AFTER, LAPSED_AFTER, ADVOCATE_ORDERS = "90d", "180d", 5


@dataclass(frozen=True, slots=True)
class Proposal:
    """A stage as it is proposed; `tone` is that of its badge."""

    key: str
    name: str
    description: str
    tone: str
    rule: dict[str, Any]


def _any_of(*events: str) -> dict[str, Any]:
    return {"any": [{"did": name, "at_least": 1} for name in events]}


def proposals() -> list[Proposal]:
    """The usual stages, first match first. They look at orders, consent and what makes somebody known."""
    bought = {"did": ORDER, "at_least": 1}
    return [
        Proposal(
            "lapsed", _("Lapsed"), _("The last order is more than 180 days ago."), "bad",
            {"all": [bought, {"did_not": ORDER, "within": LAPSED_AFTER}]},
        ),
        Proposal(
            "lapsing", _("Lapsing"), _("A customer whose last order is more than 90 days ago."), "warn",
            {"all": [bought, {"did_not": ORDER, "within": LAPSING_AFTER}]},
        ),
        Proposal(
            "advocate", _("Advocate"), _("Reviews or recommends, or has ordered at least five times."), "accent",
            {"any": [
                {"all": [bought, _any_of("Product Reviewed", "Customer Referred")]},
                {"did": ORDER, "at_least": ADVOCATE_ORDERS},
            ]},
        ),
        Proposal("repeat", _("Repeat customer"), _("Ordered more than once."), "good", {"did": ORDER, "at_least": 2}),
        Proposal("customer", _("Customer"), _("Ordered once."), "good", bought),
        Proposal(
            "lead", _("Lead"), _("Identified, and has shown an intention to buy."), "live",
            {"all": [
                {"profile": "identified", "is": True},
                _any_of("Product Added", "Checkout Started", "Form Submitted"),
            ]},
        ),
        Proposal("subscriber", _("Subscriber"), _("Consented to the newsletter."), "", {"consent": "newsletter"}),
        Proposal("visitor", _("Visitor"), _("Everybody else."), "", {"all": []}),
    ]  # fmt: skip
