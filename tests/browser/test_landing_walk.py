"""A landing page and a message in the shop, made by hand, from the first click to what visitors did."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.product import Product, person_agent
from tests.browser.story import soon


@pytest.fixture(scope="module")
def owner(product: Product, browser: Browser) -> Iterator[BrowserContext]:
    context = product.sign_in(browser)
    yield context
    context.close()


@pytest.fixture
def visitor(product: Product, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(base_url=product.url, user_agent=person_agent(browser))
    yield context.new_page()
    context.close()


def test_a_page_is_made_published_and_answered(owner: BrowserContext, visitor: Page) -> None:
    page, name = owner.new_page(), f"Evening {uuid.uuid4().hex[:6]}"
    page.goto("/pages/new/")
    page.get_by_label("Name").fill(name)
    page.locator(".landing-design", has_text="Event").click()
    page.get_by_role("button", name="Create page").click()
    page.get_by_role("button", name="Publish version 1").click()
    page.get_by_role("link", name="See it").wait_for()
    visitor.goto(page.get_by_role("link", name="See it").get_attribute("href") or "")
    page.reload()
    expect(page.locator(".stats")).to_contain_text(re.compile(r"Views\s*1"))
    visitor.wait_for_timeout(2500)  # whoever answers within two seconds is a program
    visitor.get_by_label("Email address").first.fill(f"guest-{uuid.uuid4().hex[:8]}@example.com")
    visitor.locator("form button:not([type=button])").first.click()
    visitor.get_by_role("heading", name="Thank you").wait_for()
    page.reload()
    expect(page.locator(".stats")).to_contain_text(re.compile(r"Answers\s*1"))


def test_a_message_appears_where_visitors_scroll_and_counts_that_they_closed_it(
    owner: BrowserContext, visitor: Page
) -> None:
    page, title = owner.new_page(), f"Free delivery {uuid.uuid4().hex[:6]}"
    page.goto("/on-site/new/")
    page.get_by_label("Name").fill(title)
    page.get_by_label("Title").fill(title)
    page.get_by_role("textbox", name="Pages").fill("/shop/")
    page.get_by_label("When it appears").select_option("scroll")
    page.get_by_label("Seconds or percent").fill("60")
    page.get_by_label("Priority").fill("100")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Launch").click()
    page.get_by_role("button", name="Stop").wait_for()
    with visitor.expect_response("**/client/v1/onsite?*") as decided:
        visitor.goto("/shop/")
    assert title in decided.value.text()
    shown = visitor.get_by_role("heading", name=title)
    expect(shown).to_have_count(0)
    visitor.mouse.wheel(0, 20_000)
    visitor.get_by_role("region", name=title).get_by_role("button", name="Close").click()
    expect(shown).to_have_count(0)

    def counted() -> bool:
        page.reload()
        results = page.get_by_role("region", name="Results").inner_text()
        return bool(re.search(r"Shown\s*1\s*Clicked\s*0\s*Dismissed\s*1", results))

    soon(counted, "the message was shown and closed once")
    page.get_by_role("button", name="Stop").click()
