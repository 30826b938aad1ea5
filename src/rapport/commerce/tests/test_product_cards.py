"""Which products matter to a person, as messages show them."""

from __future__ import annotations

import datetime as dt

from rapport.commerce.queries import product_cards
from rapport.commerce.tests.conftest import item
from rapport.commerce.tests.test_product_alerts import did
from rapport.core.clock import SYSTEM
from rapport.people.models import Person


def test_what_people_viewed_carted_and_bought_newest_first(live, put):
    put(item("P1"), item("P2"), item("P3"))
    live.ingest(
        [
            did("ada", "Product Viewed", 60, product_id="P1"),
            did("ada", "Product Viewed", 50, product_id="P2"),
            did("ada", "Product Viewed", 40, product_id="NOT-OURS"),
            did("ada", "Product Added", 30, product_id="P1"),
            did("bob", "Product Viewed", 60, product_id="P3"),
            did("bob", "Product Added", 50, product_id="P3"),
            did("bob", "Order Completed", 40, products=[{"product_id": "P3", "quantity": 1}]),
        ]
    )
    people = {user: Person.objects.get(identifiers__value=user).pk for user in ("ada", "bob")}
    ids = {
        (user, kind): [card["id"] for card in product_cards.of_persons([pk], kind, SYSTEM.now())[pk]]
        for user, pk in people.items()
        for kind in ("viewed", "carted", "bought")
    }
    assert ids["ada", "viewed"] == ["P2", "P1"]
    assert ids["ada", "carted"] == ["P1"]
    assert ids["bob", "viewed"] == ids["bob", "carted"] == []
    assert ids["bob", "bought"] == ["P3"]
    assert product_cards.of_persons([], "viewed", SYSTEM.now()) == {}
    assert [card["id"] for card in product_cards.top(SYSTEM.now() + dt.timedelta(days=1))] == ["P3"]


def test_what_was_carted_unknown_and_bought_signed_in_is_no_longer_carted(live, put):
    put(item("P1", sku="SKU-1"))
    cart = {
        "type": "track",
        "event": "Product Added",
        "anonymousId": "browser",
        "properties": {"product_id": "P1"},
    }
    at = SYSTEM.now() - dt.timedelta(hours=2)
    live.ingest([{**cart, "messageId": "m-1", "timestamp": at.isoformat()}])
    live.ingest([{"type": "identify", "userId": "eve", "anonymousId": "browser", "messageId": "m-2"}])
    live.ingest([did("eve", "Order Completed", 40, products=[{"sku": "SKU-1", "quantity": 1}])])
    eve = Person.objects.get(identifiers__value="eve").pk
    assert product_cards.of_persons([eve], "carted", SYSTEM.now()) == {eve: []}
    assert [card["id"] for card in product_cards.of_persons([eve], "bought", SYSTEM.now())[eve]] == ["P1"]
