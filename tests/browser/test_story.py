"""The newcomer's story from end to end, in the order in which it happens to him."""

from __future__ import annotations

import uuid

from playwright.sync_api import Browser

from tests.browser.product import Product
from tests.browser.story import Owner, Reader, Visitor, soon


def test_a_visitor_becomes_a_person_and_gets_what_he_agreed_to(product: Product, browser: Browser) -> None:
    visitor, owner = Visitor(product, browser), Owner(product, browser)
    reader = Reader(owner, visitor.email)
    name = f"New customers {uuid.uuid4().hex[:6]}"
    segment = owner.makes_a_segment(name, buyers_who_agreed(visitor.email))

    visitor.enters_and_lets_the_shop_note_his_visit()
    visitor.looks_at_products()
    visitor.signs_up_for_the_newsletter()
    visitor.orders()

    owner.finds_in_the_people_list(visitor.email)
    owner.reads_on_the_profile(visitor.email, *visitor.seen, "order", "newsletter", name)

    first = owner.sends_a_campaign("Welcome", segment)
    owner.delivery(first, visitor.email, "sent")
    reader.opens_the_mail("Welcome, Grace")
    assert reader.clicks("See what is new").startswith(f"{product.url}/shop/")
    counted(owner, first, "opened_human", "clicked_human")

    reader.unsubscribes_with_one_click()
    counted(owner, first, "unsubscribed")
    second = owner.sends_a_campaign("Again", segment)
    assert owner.delivery(second, visitor.email, "skipped")["reason"]
    why_is_shown(owner, second, visitor.email)


def buyers_who_agreed(email: str) -> dict:
    """Members only while they have ordered; the consent is checked when the mail goes out."""
    return {
        "all": [
            {"trait": "email", "is": email},
            {"did": "Order Completed", "at_least": 1, "within": "30d"},
        ]
    }


def counted(owner: Owner, campaign: str, *results: str) -> None:
    def all_there() -> bool:
        found = owner.asks("GET", f"/campaigns/{campaign}")["results"]
        return all(found[result] for result in results)

    soon(all_there, f"{results} of the campaign are counted", seconds=20)


def why_is_shown(owner: Owner, campaign: str, email: str) -> None:
    owner.page.goto(f"/campaigns/{campaign}/deliveries/?q={email}")
