"""Every list's first row: opened beside the list on a desk, as a page on a phone, by address, by keys, and Back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from rapport.config.testing_run import sample
from tests.browser import visits
from tests.browser.product import Product
from tests.browser.visits import MAIN

DESK, PHONE, TABLET = (
    {"width": 1440, "height": 900},
    {"width": 390, "height": 844},
    {"width": 1000, "height": 800},
)


@pytest.fixture(scope="module")
def owner(product: Product, browser: Browser) -> Iterator[BrowserContext]:
    context = product.sign_in(browser)
    yield context
    context.close()


@pytest.fixture(scope="module")
def lists(product: Product, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The address of every page that has a list with rows that lead somewhere."""
    seen = visits.of(product, browser, tmp_path_factory.mktemp("furniture"))
    return [path for path, visit in seen.items() if visit.has_list]


@pytest.fixture(scope="module")
def opened(browser: Browser, owner: BrowserContext, product: Product) -> Callable:
    @contextmanager
    def open_tab(viewport: dict[str, int]) -> Iterator[Page]:
        state = owner.storage_state()
        context = browser.new_context(base_url=product.url, storage_state=state, viewport=viewport)
        yield context.new_page()
        context.close()

    return open_tab


def panel_of(page: Page) -> Locator:
    """The open panel, with its record."""
    expect(page.locator("#panel .panel-head")).to_be_visible()
    return page.locator("#panel")


def is_in_sight(link: Locator) -> bool:
    """Whether a click on its first line would reach it."""
    return link.evaluate(
        """link => { const box = link.getClientRects()[0];
        return link.contains(document.elementFromPoint(box.left + 10, box.top + box.height / 2)); }"""
    )


@pytest.mark.parametrize("viewport", [DESK, TABLET], ids=["desk", "tablet"])
def test_the_first_row_of_every_list_opens_beside_it(
    lists: list[str], opened: Callable, viewport: dict
) -> None:
    assert len(lists) >= 15, lists
    wrong = {}
    with opened(viewport) as page:
        for path in lists if viewport == DESK else sample(lists, 2):
            page.goto(path)
            link = page.locator(MAIN).first
            if link.get_attribute("data-panel") is None:
                continue
            link.click()
            panel = panel_of(page)
            record = urlsplit(link.get_attribute("href")).path
            if panel.locator(".rail, .topbar, main").count() or f"panel={record}" not in page.url:
                wrong[path] = page.url
            if not is_in_sight(link):
                wrong[path] = "the panel hides what was clicked"
    assert not wrong


def test_on_a_phone_the_first_row_of_every_list_opens_as_a_page(lists: list[str], opened: Callable) -> None:
    wrong = {}
    with opened(PHONE) as page:
        for path in sample(lists, 2):
            page.goto(path)
            link = page.locator(MAIN).first
            target = urlsplit(link.get_attribute("href")).path
            link.click()
            page.wait_for_url(lambda url, target=target: urlsplit(url).path == target)
            if page.locator(".topbar").count() != 1:
                wrong[path] = page.url
            page.go_back()
            page.wait_for_url(lambda url, path=path: urlsplit(url).path == path)
    assert not wrong


@pytest.fixture
def people(opened: Callable) -> Iterator[Page]:
    with opened(DESK) as page:
        page.goto("/people/?sort=-first_seen")
        yield page


def test_the_cursor_moves_the_panel_along_and_back_closes_it(people: Page) -> None:
    links = people.locator("a[data-main]")
    names = [links.nth(index).locator(".truncate").inner_text() for index in range(2)]
    heading = people.locator("#panel h2").first
    links.nth(0).click()
    expect(heading).to_have_text(names[0])
    people.keyboard.press("j")
    expect(heading).to_have_text(names[1])
    expect(people.locator("tr.is-open")).to_contain_text(names[1])
    assert links.nth(1).get_attribute("href") in people.url
    people.keyboard.press("k")
    expect(heading).to_have_text(names[0])
    people.go_back()
    expect(people.locator("#panel")).to_be_hidden()
    assert people.url.endswith("/people/?sort=-first_seen")


def test_escape_closes_the_panel_and_gives_the_focus_back(people: Page) -> None:
    link = people.locator("a[data-main]").first
    link.click()
    panel_of(people)
    people.keyboard.press("Escape")
    expect(people.locator("#panel")).to_be_hidden()
    expect(link).to_be_focused()
    people.wait_for_url(re.compile(r"/people/\?sort=-first_seen$"))


def test_the_address_opens_the_list_with_the_record(people: Page, opened: Callable) -> None:
    link = people.locator("a[data-main]").first
    name = link.locator(".truncate").inner_text()
    link.click()
    panel_of(people)
    address = people.url
    people.reload()
    expect(panel_of(people)).to_contain_text(name)
    with opened(DESK) as other:
        other.goto(address)
        expect(panel_of(other)).to_contain_text(name)
    with opened(PHONE) as phone:
        phone.goto(address)
        phone.wait_for_url(re.compile(rf"{link.get_attribute('href')}$"))


def test_a_search_keeps_the_panel_and_its_address(people: Page) -> None:
    people.goto("/people/?sort=-name")
    link = people.locator("a[data-main]").first
    link.click()
    name = panel_of(people).locator("h2").first.inner_text()
    people.locator("#list-q").fill(name[:4])
    people.wait_for_url(re.compile(r"q=.*panel=/people/"))
    expect(people.locator("tr.is-open")).to_have_count(1)


def test_an_address_of_another_site_is_not_opened(people: Page) -> None:
    people.goto("/people/?panel=https://example.org/")
    expect(people.locator("#panel")).to_be_hidden()


def test_a_form_in_the_panel_stays_in_it(opened: Callable) -> None:
    with opened(DESK) as page:
        page.goto("/settings/users/")
        page.locator(MAIN).first.click()
        panel = panel_of(page)
        panel.get_by_role("button", name="Save roles").click()
        expect(page.locator("#toasts .toast")).to_contain_text("Saved")
        expect(panel.locator(".panel-head")).to_be_visible()
        assert "/settings/users/?panel=" in page.url
