"""Keys that act on a profile, pressed in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.product import Product


@pytest.fixture
def profile(product: Product, browser: Browser) -> Page:
    """The profile of a customer, with its panels loaded."""
    page = product.sign_in(browser).pages[0]
    page.goto("/people/?sort=-first_seen")
    page.goto(page.locator("a[data-main]").first.get_attribute("href"))
    expect(page.locator("#log-activity")).to_be_visible()
    return page


def test_l_opens_the_form_of_a_call_with_the_cursor_in_it(profile: Page) -> None:
    profile.keyboard.press("l")
    expect(profile.locator("#panel select").first).to_be_focused()


def test_a_call_logged_by_keys_is_on_the_timeline(profile: Page) -> None:
    profile.keyboard.press("l")
    notes = profile.locator("#panel textarea")
    notes.fill("Asked for a wider shade")
    profile.locator("#panel").get_by_role("button", name="Log", exact=True).press("Enter")
    expect(profile.get_by_text("Asked for a wider shade").first).to_be_visible()


def test_l_is_typed_while_somebody_types(profile: Page) -> None:
    profile.keyboard.press("l")
    notes = profile.locator("#panel textarea")
    notes.press("l")
    expect(notes).to_have_value("l")
