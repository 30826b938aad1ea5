"""What opens on a page is accessible too, and the main lists work without scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser import walk
from tests.browser.product import Product
from tests.browser.visits import barriers

MAIN_LISTS = (
    "/people/",
    "/people/companies/",
    "/segments/",
    "/campaigns/",
    "/templates/",
    "/data/catalogue/",
)


@pytest.fixture(scope="module")
def owner(product: Product, browser: Browser) -> Iterator[BrowserContext]:
    context = product.sign_in(browser)
    yield context
    context.close()


@pytest.fixture
def opened(browser: Browser, owner: BrowserContext, product: Product) -> Callable:
    @contextmanager
    def open_tab(**options: object) -> Iterator[Page]:
        state = owner.storage_state()
        context = browser.new_context(
            base_url=product.url, storage_state=state, reduced_motion="reduce", **options
        )
        yield context.new_page()
        context.close()

    return open_tab


@pytest.fixture(params=["light", "dark"])
def page(opened: Callable, request: pytest.FixtureRequest) -> Iterator[Page]:
    with opened(color_scheme=request.param, viewport={"width": 1440, "height": 900}) as page:
        yield page


@pytest.mark.parametrize("path", [*MAIN_LISTS, "/settings/users/", "/settings/jobs/", "/settings/audit/"])
def test_axe_finds_nothing_beside_an_open_panel(page: Page, path: str) -> None:
    page.goto(path)
    if not page.locator("a[data-main]").count():
        pytest.skip("the demo has none of these")
    page.locator("a[data-main]").first.click()
    expect(page.locator("#panel .panel-head")).to_be_visible()
    walk.settle(page)
    assert barriers(page) == []


@pytest.mark.parametrize("name", ["Filter", "Display"])
def test_axe_finds_nothing_in_an_open_menu(page: Page, name: str) -> None:
    page.goto("/people/?sort=-name")
    page.get_by_role("button", name=name, exact=True).click()
    assert barriers(page) == []


@pytest.mark.parametrize("key", ["?", "Control+k", "c"])
def test_axe_finds_nothing_in_what_a_key_opens(page: Page, key: str) -> None:
    page.goto("/people/")
    page.keyboard.press(key)
    page.wait_for_timeout(300)
    assert barriers(page) == []


def test_axe_finds_nothing_when_every_card_of_a_profile_has_loaded(page: Page) -> None:
    page.goto("/people/?sort=-name")
    page.goto(page.locator("a[data-main]").first.get_attribute("href"))
    for card in page.locator("[hx-trigger='intersect once']").all():
        card.scroll_into_view_if_needed()
    walk.settle(page)
    assert barriers(page) == []


@pytest.mark.parametrize("path", MAIN_LISTS)
def test_a_list_is_searched_sorted_and_opened_without_scripts(opened: Callable, path: str) -> None:
    with opened(java_script_enabled=False) as page:
        page.goto(path)
        page.locator("thead a").first.click()
        ordered = page.url
        assert "sort=" in ordered
        name = page.locator("a[data-main]").first
        target = name.get_attribute("href")
        if page.locator("#list-q").count():
            page.locator("#list-q").fill("e")
            page.locator("#list-q").press("Enter")
            page.wait_for_url("**q=e*")
        page.goto(ordered)
        page.locator(f'a[data-main][href="{target}"]').click()
        page.wait_for_url(f"**{target}")


def test_columns_are_chosen_and_a_view_is_saved_without_scripts(opened: Callable) -> None:
    with opened(java_script_enabled=False) as page:
        page.goto("/people/?sort=-name")
        page.get_by_role("button", name="Display").click()
        page.get_by_label("Birthday", exact=True).check()
        page.locator("#list-display-menu").get_by_role("button", name="Apply").click()
        expect(page.get_by_role("columnheader", name="Birthday")).to_be_visible()
        page.get_by_role("button", name="Save view").click()
        page.get_by_label("Name of the view").fill("With birthdays")
        page.locator("#list-view-menu").get_by_role("button", name="Save", exact=True).click()
        page.wait_for_url("**/people/?*view=*")
