"""Every page that links lead to: accessible in both themes, quiet console, nothing wider than a phone, light."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Response

from tests.browser import walk
from tests.browser.product import Product

SCRIPT_BYTES, STYLE_BYTES = 60 * 1024, 40 * 1024
# Charts and editors are counted apart (UI.md): only pages that use them load them.
APART = re.compile(r"/vendor/(echarts|grapes|codemirror|mjml|sortable)", re.I)
ROOMS = ("people", "segments", "campaigns", "templates", "data", "settings", "shop", "styleguide")


@pytest.fixture(scope="module")
def owner(product: Product, browser: Browser) -> Iterator[BrowserContext]:
    context = product.sign_in(browser)
    yield context
    context.close()


@pytest.fixture(scope="module")
def paths(product: Product, owner: BrowserContext) -> list[str]:
    return walk.pages(owner, product.url)


@pytest.fixture
def opened(browser: Browser, owner: BrowserContext, product: Product) -> Callable:
    """Opens a tab in which the owner is signed in and the cache is empty."""

    @contextmanager
    def open_tab(**options: object) -> Iterator[Page]:
        state = owner.storage_state()
        context = browser.new_context(base_url=product.url, storage_state=state, **options)
        yield context.new_page()
        context.close()

    return open_tab


@pytest.mark.parametrize("room", ROOMS)
def test_links_lead_to_every_room(paths: list[str], room: str) -> None:
    assert any(path.startswith(f"/{room}") for path in paths), paths


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(opened: Callable, paths: list[str], theme: str) -> None:
    found = {}
    with opened(color_scheme=theme, reduced_motion="reduce") as page:
        for path in paths:
            page.goto(path)
            walk.settle(page)
            result = Axe().run(page).response["violations"]
            if result:
                found[path] = [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in result]
    assert not found, json.dumps(found, indent=1)


def test_the_console_stays_quiet_and_the_policy_is_kept(opened: Callable, paths: list[str]) -> None:
    found: dict[str, list[str]] = {}
    with opened() as page:
        at = [""]
        page.on("pageerror", lambda error: found.setdefault(at[0], []).append(str(error)))
        page.on(
            "console", lambda line: line.type == "error" and found.setdefault(at[0], []).append(line.text)
        )
        for path in paths:
            at[0] = path
            page.goto(path)
            walk.settle(page)
    assert not found, json.dumps(found, indent=1)


def test_no_page_is_wider_than_a_small_phone(opened: Callable, paths: list[str]) -> None:
    found = {}
    with opened(viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True) as page:
        for path in paths:
            page.goto(path)
            walk.settle(page)
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > 360:
                found[path] = width
    assert not found, json.dumps(found, indent=1)


def test_every_page_is_light(opened: Callable, paths: list[str]) -> None:
    found = {}
    for path in paths:
        # A context of its own, so that nothing comes from the cache.
        with opened() as page:
            answers: list[Response] = []
            page.on("response", lambda answer, answers=answers: answers.append(answer))
            page.goto(path)
            walk.settle(page)
            weight = {kind: weigh(answers, kind) for kind in ("script", "stylesheet")}
        if weight["script"] > SCRIPT_BYTES or weight["stylesheet"] > STYLE_BYTES:
            found[path] = weight
    assert not found, json.dumps(found, indent=1)


def weigh(answers: list[Response], kind: str) -> int:
    """Bytes on the wire of a page's scripts or styles."""
    wanted = [
        one.request for one in answers if one.request.resource_type == kind and not APART.search(one.url)
    ]
    return sum(request.sizes()["responseBodySize"] for request in wanted)
