"""The tracker on a website of another origin, against the product itself."""

from __future__ import annotations

import uuid

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.capture import CaptureServer
from tests.browser.product import Product
from tests.browser.story import Owner, soon


@pytest.fixture
def site(product: Product, capture: CaptureServer) -> CaptureServer:
    """A website whose tracker comes from the product and talks to it."""
    key = product.run("key", "create", "--kind", "write", "--name", f"Site {uuid.uuid4().hex[:6]}")
    capture.head = capture.tag(key, host=product.url).replace(
        f"{capture.host}/rapport.js", f"{product.url}/rapport.js"
    )
    return capture


def test_what_happens_on_a_site_is_in_the_product_once(
    product: Product, browser: Browser, page: Page, site: CaptureServer
) -> None:
    email, console = f"{uuid.uuid4().hex[:8]}@example.com", []
    page.on("console", lambda line: console.append(line.text))
    page.goto(site.site)
    page.evaluate("analytics.track('Looked', {n: 1})")
    # Leaving at once sends the same event again from the next page.
    page.evaluate("email => { analytics.identify('u-' + email, {email}); location.href = '/other' }", email)
    page.wait_for_url("**/other")
    owner = Owner(product, browser)
    people = soon(lambda: owner.asks("GET", f"/people?identifier=email:{email}")["data"], f"{email} is known")
    events = owner.asks("GET", f"/people/{people[0]['id']}/events")["data"]
    assert sorted(event["event"] for event in events) == ["Identified", "Looked"]
    assert [line for line in console if "favicon" not in line and "404" not in line] == []
