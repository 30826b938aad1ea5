"""The newcomer's story from end to end, in the order in which it happens to him."""

from __future__ import annotations

import uuid

from playwright.sync_api import Browser

from tests.browser.product import Product
from tests.browser.story import Owner, Reader, Visitor

SUBJECT = "Candles for long evenings"


def test_a_visitor_becomes_a_person_and_gets_what_he_agreed_to(product: Product, browser: Browser) -> None:
    visitor, owner = Visitor(product, browser), Owner(product, browser)
    reader = Reader(owner, visitor.email)
    segment = f"New customers {uuid.uuid4().hex[:6]}"
    owner.makes_a_segment(segment, customers_named(visitor.email))
    he_comes_to_the_shop(visitor)
    owner.finds_in_the_people_list(visitor.email)
    owner.reads_on_the_profile(visitor.email, *visitor.seen, "newsletter", "Newsletter readers", segment)
    reader_gets_a_mail(owner, reader, segment, f"{product.url}/shop/")
    he_gets_no_second_one(owner, reader, segment)


def he_comes_to_the_shop(visitor: Visitor) -> None:
    visitor.enters_and_lets_the_shop_note_his_visit()
    visitor.looks_at_products()
    visitor.signs_up_for_the_newsletter()
    visitor.orders()


def reader_gets_a_mail(owner: Owner, reader: Reader, segment: str, shop: str) -> None:
    owner.sends_a_campaign("Welcome", segment)
    owner.sees_results("Welcome", "sent")
    reader.opens_the_mail(SUBJECT)
    assert reader.clicks_the_first_link().startswith(shop)
    owner.sees_results("Welcome", "opened_human", "clicked_human")


def he_gets_no_second_one(owner: Owner, reader: Reader, segment: str) -> None:
    reader.opens_the_mail(SUBJECT)
    reader.unsubscribes_with_one_click()
    owner.sees_results("Welcome", "unsubscribed")
    owner.orders_a_campaign("Again", segment)
    owner.sees_results("Again", "skipped")
    owner.asks_why("Again", "withdrawn")


def customers_named(email: str) -> dict:
    """He enters by ordering. Consent is not asked for here: it is the gate that keeps the second letter back."""
    return {
        "all": [{"trait": "email", "is": email}, {"did": "Order Completed", "at_least": 1, "within": "30d"}]
    }
