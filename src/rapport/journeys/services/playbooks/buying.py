"""Playbooks around a purchase: before it, after it, and the next one."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.journeys.services.playbooks.books import (
    COUPON,
    PURPOSE,
    Given,
    Mail,
    Playbook,
    Question,
    Text,
    days,
    event,
    gift,
    until_event,
    wait,
)

BOUGHT = {"event": "Order Completed"}
# What designs call the products and the product is called otherwise in events of shops.
PRODUCTS = {
    "in data.items": "in data.products",
    "item.image }}": "item.image_url }}",
    "if item.image %": "if item.image_url %",
}
PRODUCT = {"data.product ": "data.name "}

LOOKED_AT = Text(
    gettext_lazy("Still thinking about it?"),
    gettext_lazy("It is still there, and so are we."),
    gettext_lazy('Still thinking about {{ data.name | default: "it" }}?'),
    (
        gettext_lazy("You had a look at it the other day. It is still there."),
        gettext_lazy("If a question is left, just answer this message: a person reads it."),
    ),
    gettext_lazy("Have another look"),
    "https://example.com/product",
)
ALL_WELL = Text(
    gettext_lazy("Is all well with your order?"),
    gettext_lazy("How to get the best of it, and whom to ask."),
    gettext_lazy("Is all well?"),
    (
        gettext_lazy("By now your order should be with you. We hope everything is as you wished."),
        gettext_lazy("If something is missing, broken or unclear, answer this message. We put it right."),
    ),
    gettext_lazy("See your order"),
    "https://example.com/orders",
)


def _cart(given: Given) -> dict[str, Any]:
    first, gifts = gift(given, "last")
    worth = {"property": "value", "op": "gte", "value": given["worth"]}
    return {
        "trigger": event("Cart Abandoned", where=worth) if given["worth"] else event("Cart Abandoned"),
        "entry": {"again": "after", "days": 7},
        "goal": BOUGHT,
        "start": "think",
        "steps": {
            "think": wait(given["hours"], "remind", "hours", _("Time to think")),
            "remind": given.mail("remind", "look", title=_("Remind them")),
            "look": until_event("Checkout Started", given["pause"], "", first, title=_("Do they come back?")),
            **gifts,
            "last": given.mail("last", title=_("Remind them a last time")),
        },
    }


def _browse(given: Given) -> dict[str, Any]:
    return {
        "trigger": event("Product Viewed"),
        "entry": {"again": "after", "days": given["again"]},
        "goal": BOUGHT,
        "exits": [{"event": "Product Added"}],
        "start": "think",
        "steps": {
            "think": wait(given["hours"], "back", "hours"),
            "back": given.mail("back", title=_("What they looked at")),
        },
    }


def _told(event_name: str, title: Any) -> Any:
    def build(given: Given) -> dict[str, Any]:
        return {
            "trigger": event(event_name, key="product_id"),
            "entry": {"again": "after", "days": given["again"]},
            "goal": BOUGHT,
            "start": "tell",
            "steps": {"tell": given.mail("tell", title=str(title))},
        }

    return build


def _after(given: Given) -> dict[str, Any]:
    return {
        "trigger": event("Order Completed", key="order_id"),
        "exits": [{"event": "Order Cancelled"}],
        "start": "arrive",
        "steps": {
            "arrive": wait(given["care"], "care"),
            "care": given.mail("care", "use", title=_("All well?")),
            "use": wait(given["review"], "ask"),
            "ask": given.mail("ask", title=_("Ask for a review")),
        },
    }


def _cross(given: Given) -> dict[str, Any]:
    return {
        "trigger": event("Order Completed", key="order_id"),
        "entry": {"again": "after", "days": 30},
        "start": "time",
        "steps": {
            "time": until_event(
                "Order Completed", given["pause"], "", "show", title=_("Until they had time with it")
            ),
            "show": given.mail("show", title=_("What goes with it")),
        },
    }


def _more(given: Given) -> dict[str, Any]:
    return {
        "trigger": event("Order Completed", key="order_id"),
        "exits": [{"event": "Order Cancelled"}],
        "start": "used",
        "steps": {
            "used": until_event(
                "Order Completed", given["lasts"], "", "morning", title=_("Until it is used up")
            ),
            "morning": {"type": "wait_until", "time": "09:00", "next": "remind"},
            "remind": given.mail("remind", title=_("Time for more")),
        },
    }


PLAYBOOKS = (
    Playbook(
        "cart",
        gettext_lazy("Cart left behind"),
        gettext_lazy("Reminds whoever left a cart, twice at most, and stops as soon as they buy."),
        "shopping-cart",
        30,
        {
            "remind": Mail(gettext_lazy("Cart left behind"), "abandoned-cart", PRODUCTS),
            "last": Mail(gettext_lazy("Cart left behind, last reminder"), "abandoned-cart", PRODUCTS),
        },
        _cart,
        (
            PURPOSE,
            Question("hours", gettext_lazy("Hours until the first message"), initial=1, least=1, most=720),
            days("pause", gettext_lazy("Days until the second message"), 2),
            Question("worth", gettext_lazy("Only carts worth at least"), initial=0, most=1_000_000),
            COUPON,
        ),
    ),
    Playbook(
        "browse",
        gettext_lazy("Looked, but did not buy"),
        gettext_lazy("Shows them once more what they looked at, unless they put it in the cart."),
        "eye",
        40,
        {"back": Mail(gettext_lazy("What they looked at"), LOOKED_AT)},
        _browse,
        (
            PURPOSE,
            Question("hours", gettext_lazy("Hours until the message"), initial=24, least=1, most=720),
            days("again", gettext_lazy("At most every so many days"), 14),
        ),
    ),
    Playbook(
        "price-drop",
        gettext_lazy("Price drop"),
        gettext_lazy("Tells those who care for a product that it costs less."),
        "tag",
        50,
        {"tell": Mail(gettext_lazy("Price drop"), "price-drop")},
        _told("Price Dropped", gettext_lazy("It costs less")),
        (PURPOSE, days("again", gettext_lazy("At most every so many days"), 7)),
    ),
    Playbook(
        "back-in-stock",
        gettext_lazy("Back in stock"),
        gettext_lazy("Tells those who waited that it is there again."),
        "package",
        60,
        {"tell": Mail(gettext_lazy("Back in stock"), "back-in-stock", PRODUCT)},
        _told("Back In Stock", gettext_lazy("It is back")),
        (PURPOSE, days("again", gettext_lazy("At most every so many days"), 7)),
    ),
    Playbook(
        "after-purchase",
        gettext_lazy("After the purchase"),
        gettext_lazy("Asks whether all is well when the order has arrived, and for a review later."),
        "heart",
        70,
        {
            "care": Mail(gettext_lazy("All well with your order?"), ALL_WELL),
            "ask": Mail(gettext_lazy("Ask for a review"), "feedback"),
        },
        _after,
        (
            PURPOSE,
            days("care", gettext_lazy("Days until it has arrived"), 4),
            days("review", gettext_lazy("Days until the review is asked for"), 10),
        ),
    ),
    Playbook(
        "cross-sell",
        gettext_lazy("Goes well with it"),
        gettext_lazy("Shows what others took with it, unless they buy again before."),
        "sparkles",
        80,
        {"show": Mail(gettext_lazy("Goes well with it"), "recommendations")},
        _cross,
        (PURPOSE, days("pause", gettext_lazy("Days after the order"), 14)),
    ),
    Playbook(
        "replenish",
        gettext_lazy("Time for more"),
        gettext_lazy("Reminds them when what they bought is used up, unless they ordered again."),
        "rotate-ccw",
        90,
        {"remind": Mail(gettext_lazy("Time for more"), "replenish")},
        _more,
        (PURPOSE, days("lasts", gettext_lazy("Days that it lasts"), 60)),
    ),
)
