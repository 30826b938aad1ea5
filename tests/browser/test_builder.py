"""The segment builder and other forms over a slow network: nothing that was typed is lost, wherever one goes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.product import Product

LATENCY = 1200
NEW = "/segments/new/"


@pytest.fixture(scope="module")
def owner(product: Product, browser: Browser) -> Iterator[BrowserContext]:
    context = product.sign_in(browser)
    yield context
    context.close()


@pytest.fixture
def page(owner: BrowserContext) -> Iterator[Page]:
    page = owner.new_page()
    page.goto("/people/")
    page.evaluate("localStorage.clear()")
    yield page
    page.evaluate("localStorage.clear()")
    page.close()


def slow(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    limits = {"offline": False, "latency": LATENCY, "downloadThroughput": -1, "uploadThroughput": -1}
    session.send("Network.emulateNetworkConditions", limits)


def add(page: Page, kind: str) -> None:
    page.get_by_role("button", name="Add condition").first.click()
    page.get_by_role("button", name=kind, exact=True).first.click()


def test_what_is_typed_while_a_redraw_is_under_way_stays(page: Page) -> None:
    page.goto(NEW)
    add(page, "Event")
    event = page.get_by_label("Event", exact=True)
    event.wait_for()
    slow(page)
    page.get_by_label("Done or not").select_option("did_not")
    event.press_sequentially("Order Completed", delay=90)
    expect(page.get_by_label("How often")).to_have_count(0, timeout=15_000)
    expect(event).to_have_value("Order Completed")
    expect(event).to_be_focused()


def test_a_button_pressed_during_a_redraw_is_not_lost(page: Page) -> None:
    page.goto(NEW)
    add(page, "Event")
    event = page.get_by_label("Event", exact=True)
    event.wait_for()
    slow(page)
    event.fill("Order Completed")
    page.get_by_role("button", name="where", exact=True).click()  # leaves the field, which redraws by itself
    expect(page.get_by_label("Property")).to_have_count(1, timeout=15_000)
    expect(event).to_have_value("Order Completed")


@pytest.mark.parametrize("way", ["reload", "back", "rail", "second tab"])
def test_the_builder_keeps_its_draft(page: Page, owner: BrowserContext, way: str) -> None:
    page.goto("/segments/")
    page.goto(NEW)
    add(page, "Event")
    page.get_by_label("Event", exact=True).fill("Product Added")
    page.get_by_label("Name", exact=True).fill("Half done")
    shown = page
    if way == "reload":
        page.reload()
    elif way == "back":
        page.go_back()
        page.goto(NEW)
    elif way == "rail":
        page.locator(".rail").get_by_role("link", name="Segments").click()
        page.wait_for_url("**/segments/")
        page.goto(NEW)
    else:
        shown = owner.new_page()
        shown.goto(NEW)
    expect(shown.get_by_label("Event", exact=True)).to_have_value("Product Added")
    expect(shown.get_by_label("Name", exact=True)).to_have_value("Half done")
    expect(shown.get_by_text("Your draft was restored.")).to_be_visible()
    if shown is not page:
        shown.close()


def test_a_draft_is_gone_when_it_was_saved_or_discarded(page: Page) -> None:
    page.goto("/people/companies/new/")
    page.get_by_label("Name", exact=True).fill("Draft Ltd")
    page.reload()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Draft Ltd")
    page.get_by_role("button", name="Discard it").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("")
    page.get_by_label("Name", exact=True).fill("Saved Ltd")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(re.compile(r"/companies/[0-9a-f-]{36}/"))
    page.goto("/people/companies/new/")
    expect(page.get_by_label("Name", exact=True)).to_have_value("")


def test_traits_are_offered_by_label_with_comparisons_of_their_type(page: Page) -> None:
    page.goto(NEW)
    trait = page.get_by_label("Trait", exact=True)
    trait.select_option(label="Birthday")
    comparison = page.get_by_label("Comparison", exact=True)
    expect(comparison.get_by_role("option", name="starts with")).to_have_count(0)
    expect(comparison.get_by_role("option", name="before")).to_have_count(1)
