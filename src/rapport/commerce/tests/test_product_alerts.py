"""A changed price, or stock that is back, reaches those whom the product concerns, once and for the right reason."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from rapport.commerce.services import product_alerts
from rapport.commerce.tests.conftest import item
from rapport.core import clickhouse
from rapport.core.clock import SYSTEM


def did(user: str, event: str, minutes: int = 60, **properties: Any) -> dict[str, Any]:
    at = SYSTEM.now() - dt.timedelta(minutes=minutes)
    call = {"type": "track", "userId": user, "event": event, "properties": properties}
    return {**call, "messageId": f"{user}-{event}-{minutes}", "timestamp": at.isoformat()}


def reached(live: Any, event: str) -> dict[str, str]:
    """{user: reason} of the events that were stored; the person is known by an earlier event of theirs."""
    product_alerts.run_once()
    live.settle()
    return {
        row["user"]: row["reason"]
        for row in clickhouse.rows(
            "SELECT u.user AS user, CAST(properties.reason, 'String') AS reason FROM events e"
            " JOIN (SELECT person_id, any(user_id) AS user FROM events WHERE user_id != '' GROUP BY person_id) u"
            " ON u.person_id = e.person_id WHERE event = {event:String}",
            {"event": event},
        )
    }


@pytest.fixture
def customers(live: Any) -> None:
    live.ingest(
        [
            did("viewer", "Product Viewed", product_id="P1"),
            did("by-sku", "Product Viewed", sku="SKU-1"),
            did("carted", "Product Added", product_id="P1", variant="V1"),
            did("put-back", "Product Added", 50, product_id="P1"),
            did("put-back", "Product Removed", 40, product_id="P1"),
            did("wisher", "Product Added to Wishlist", product_id="P1"),
            did("buyer", "Product Viewed", 60, product_id="P1"),
            did("buyer", "Product Added", 50, product_id="P1"),
            did(
                "buyer",
                "Order Completed",
                40,
                products=[{"product_id": "P0"}, {"sku": "SKU-1", "quantity": 2}],
            ),
            did("other", "Product Viewed", product_id="P2"),
            did("long-ago", "Product Viewed", 60 * 24 * 100, product_id="P1"),
        ]
    )


@pytest.mark.usefixtures("customers")
def test_a_lower_price_reaches_whom_it_concerns(put, live, clock):
    clock.advance(SYSTEM.now() - clock.now())
    put(item("P1", "V1", sku="SKU-1", title="Mug", price="10"))
    put(item("P1", "V1", price="8"))
    expected = {
        "viewer": "viewed", "by-sku": "viewed", "carted": "carted", "wisher": "wished", "buyer": "bought",
    }  # fmt: skip
    assert reached(live, "Price Dropped") == expected
    assert reached(live, "Price Dropped") == expected  # a second look tells nobody again
    stored = clickhouse.rows("SELECT properties FROM events WHERE event = 'Price Dropped' LIMIT 1")[0][
        "properties"
    ]
    assert {"price": 8, "previous_price": 10, "name": "Mug", "product_id": "P1"}.items() <= stored.items()


@pytest.mark.usefixtures("customers")
def test_low_stock_is_no_news_to_who_only_bought(put, live, clock):
    live.ingest([did("owner", "Order Completed", products=[{"product_id": "P1"}])])
    clock.advance(SYSTEM.now() - clock.now())
    put(item("P1", "V1", sku="SKU-1", title="Mug", stock=9))
    put(item("P1", "V1", stock=2))
    people = reached(live, "Low Stock")
    assert "owner" not in people
    assert people["carted"] == "carted"


@pytest.mark.usefixtures("customers")
def test_a_new_arrival_reaches_who_cares_for_its_category(put, live, clock):
    clock.advance(SYSTEM.now() - clock.now())
    put(item("P2", title="Pan", category="Kitchen"))
    product_alerts.run_once()
    put(item("P3", title="Pot", category="Kitchen"))
    assert reached(live, "New Arrival") == {"other": "viewed"}
