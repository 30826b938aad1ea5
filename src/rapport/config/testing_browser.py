"""A real browser on the running site, for tests inside the apps; a part of the plugin `config.testing`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

SIZES: dict[str, dict[str, int]] = {
    "wide": {"width": 1440, "height": 900},
    "narrow": {"width": 390, "height": 844},
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in the test's own thread
    path = next(
        (program for program in ("/usr/bin/chromium", "/usr/bin/google-chrome") if Path(program).exists()),
        None,
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def open_page(chromium: Any, live_server: Any, page: Any, user: Any) -> Iterator[Callable[..., Any]]:
    """Opens a path signed in as the owner; every error in the browser's console fails the test."""
    contexts: list[Any] = []
    errors: list[str] = []

    def opened(path: str, size: str = "wide", theme: str = "light") -> Any:
        context = chromium.new_context(viewport=SIZES[size], color_scheme=theme, base_url=live_server.url)
        context.add_cookies(
            [{"name": "rapport_session", "value": page.session.session_key, "url": live_server.url}]
        )
        contexts.append(context)
        tab = context.new_page()
        tab.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        tab.on("pageerror", lambda error: errors.append(str(error)))
        press = tab.keyboard.press

        def press_when_loaded(key: str, **options: Any) -> None:
            # Text can be read before the page's modules have run; a key pressed then reaches nobody.
            tab.wait_for_load_state("load")
            press(key, **options)

        tab.keyboard.press = press_when_loaded
        tab.goto(path)
        tab.wait_for_load_state("networkidle")
        return tab

    yield opened
    for context in contexts:
        context.close()
    assert errors == []
