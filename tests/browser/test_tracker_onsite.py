"""Messages on a website in a real browser: under a strict policy, accessible, remembered, silent without consent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from rapport.content.onsite.client_views import SCRIPT
from tests.browser.capture import CaptureServer

MESSAGE = {
    "id": "5e8e2f4e-0000-4000-8000-000000000001", "format": "banner", "place": "bottom", "slot": "",
    "title": "Free delivery <img src=x onerror=alert(1)>", "body": "until Sunday", "image": "", "url": "/sale",
    "label": "To the sale", "color": "#0b6bcb", "pages": [], "most": 3, "pause": 0, "at": 0,
}  # fmt: skip


class Site:
    """A website with the tracker on it; `messages` is what is decided, `decisions` and `reports` what was sent."""

    def __init__(self, page: Page, capture: CaptureServer) -> None:
        self.page, self.capture = page, capture
        self.messages: list[dict[str, Any]] = [MESSAGE]
        self.decisions: list[str] = []
        self.reports: list[dict[str, Any]] = []
        self.is_away = False
        page.route(
            "**/rapport-onsite.js", lambda route: route.fulfill(body=SCRIPT.read_text(), headers=HEADERS)
        )
        page.route("**/client/v1/onsite?*", self._decide)
        page.route("**/client/v1/onsite/reports", self._report)

    def _decide(self, route: Route) -> None:
        self.decisions.append(route.request.url)
        if self.is_away:
            route.abort()
        else:
            route.fulfill(body=json.dumps({"messages": self.messages}), headers=HEADERS)

    def _report(self, route: Route) -> None:
        self.reports.append(json.loads(route.request.post_data or "{}"))
        route.fulfill(status=204, headers=HEADERS)

    def open(self, path: str = "/", **attributes: str) -> None:
        self.capture.head = self.capture.tag(onsite="on", **attributes)
        self.page.goto(self.capture.site + path)

    def events(self) -> list[str]:
        return [report["event"] for report in self.reports]


HEADERS = {"Access-Control-Allow-Origin": "*", "Content-Type": "text/javascript; charset=utf-8"}


@pytest.fixture
def site(page: Page, capture: CaptureServer) -> Iterator[Site]:
    yield Site(page, capture)
    assert page.errors == []


def banner(page: Page) -> Any:
    return page.get_by_role("region", name="Free delivery")


def test_a_banner_is_drawn_as_text_under_a_strict_policy(site: Site, page: Page) -> None:
    policy = f"default-src 'none'; script-src {site.capture.host}; connect-src {site.capture.host}"
    site.capture.page_headers["Content-Security-Policy"] = policy
    site.open("/strict")
    expect(banner(page)).to_be_visible()
    expect(page.get_by_role("heading", name="Free delivery <img src=x onerror=alert(1)>")).to_be_visible()
    assert banner(page).evaluate("box => getComputedStyle(box).position") == "fixed"
    assert page.evaluate("document.querySelectorAll('img').length") == 0


def test_it_is_accessible(site: Site, page: Page) -> None:
    site.open()
    expect(banner(page)).to_be_visible()
    violations = Axe().run(page).response["violations"]
    assert [rule for rule in violations if "Free delivery" in json.dumps(rule)] == []


def test_what_was_dismissed_stays_away(site: Site, page: Page) -> None:
    site.open()
    banner(page).get_by_role("button", name="Close").click()
    expect(banner(page)).to_have_count(0)
    site.open("/next")
    expect(page.get_by_role("heading", name="Page")).to_be_visible()
    page.wait_for_function("localStorage.rapport_onsite")
    assert banner(page).count() == 0
    assert site.events() == ["shown", "dismissed"]


def test_the_kept_decision_is_shown_at_once(site: Site, page: Page) -> None:
    site.open()
    expect(banner(page)).to_be_visible()
    page.wait_for_function("localStorage.rapport_onsite")
    site.is_away = True
    site.open("/next")
    expect(banner(page)).to_be_visible()


def test_pages_and_how_often_are_kept(site: Site, page: Page) -> None:
    site.messages = [MESSAGE | {"pages": ["/shop/*", "!/shop/secret"], "most": 1}]
    for path, count in (("/about", 0), ("/shop/secret", 0), ("/shop/tea", 1), ("/shop/milk", 0)):
        before = len(site.decisions)
        with page.expect_response("**/client/v1/onsite?*"):
            site.open(path)
        assert len(site.decisions) == before + 1
        expect(banner(page)).to_have_count(count)


def test_a_dialog_keeps_the_focus_and_closes_with_escape(site: Site, page: Page) -> None:
    site.messages = [MESSAGE | {"format": "modal"}]
    site.open()
    dialog = page.get_by_role("dialog", name="Free delivery")
    expect(dialog).to_be_visible()
    for _ in range(4):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.shadowRoot"
        )
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert site.events() == ["shown", "dismissed"]


def test_an_element_of_the_page_is_filled(site: Site, page: Page) -> None:
    site.messages = [MESSAGE | {"format": "slot", "slot": "#form"}]
    site.open()
    expect(page.locator("#form").get_by_role("link", name="To the sale")).to_be_visible()
    with page.expect_request("**/onsite/reports"):
        page.get_by_role("link", name="To the sale").click()
    assert site.events()[:2] == ["shown", "clicked"]


def test_without_consent_nobody_is_recognised_and_nothing_kept(site: Site, page: Page) -> None:
    site.open(consent="required")
    expect(banner(page)).to_be_visible()
    assert "anonymousId" not in site.decisions[0]
    assert site.reports[0]["anonymousId"] == ""
    assert page.evaluate("Object.keys(localStorage)") == []
    assert page.evaluate("document.cookie") == ""
