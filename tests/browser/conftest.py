"""The browser the tests drive, and the capture server the tracker talks to where no product is needed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.capture import CaptureServer
from tests.browser.product import Product

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def executable() -> str:
    """The Chromium to drive: the one `bin/browser` found, or one on the path.

    Raises RuntimeError when there is none: these tests are never skipped.
    """
    given = os.environ.get("RAPPORT_CHROMIUM", "")
    for name in filter(None, (given, *NAMES)):
        if path := shutil.which(name):
            return path
    raise RuntimeError("No Chromium was found. Run `make test`, which gets one, or set RAPPORT_CHROMIUM.")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # One per module: while it runs, Django refuses the ORM in this thread, so it must not outlive its tests.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def capture() -> Iterator[CaptureServer]:
    with CaptureServer() as server:
        yield server


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(locale="en-GB", timezone_id="Europe/London")
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page that keeps what it threw in `page.errors`."""
    page = context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(error))  # noqa: PLW0108 - Playwright counts arguments
    return page


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    """The demo, started once for all tests that look at pages; its owner can sign in."""
    running = Product().start()
    try:
        running.create_owner()
        yield running
    finally:
        running.stop()
