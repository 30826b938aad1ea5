"""Every page that links lead to: accessible in both themes, quiet console, nothing wider than a phone, light."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Response

from rapport.config.testing_run import sample
from tests.browser import walk
from tests.browser.furnish import furnish
from tests.browser.product import Product

LIMITS = {"script": 60 * 1024, "stylesheet": 40 * 1024}
# Charts and editors are counted apart (UI.md): only pages that use them load them.
APART = re.compile(r"/vendor/(echarts|grapes|codemirror|mjml|sortable)", re.I)
ROOMS = ("people", "segments", "campaigns", "templates", "data", "settings", "shop", "styleguide")


@pytest.fixture(scope="module")
def owner(product: Product, browser: Browser) -> Iterator[BrowserContext]:
    context = product.sign_in(browser)
    yield context
    context.close()


@pytest.fixture(scope="module")
def paths(product: Product, owner: BrowserContext, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    furnish(owner.pages[0], tmp_path_factory.mktemp("furniture"))
    return walk.pages(owner, product.url)


@pytest.fixture(scope="module")
def opened(browser: Browser, owner: BrowserContext, product: Product) -> Callable:
    """Opens a tab in which the owner is signed in and the cache is empty."""

    @contextmanager
    def open_tab(**options: object) -> Iterator[Page]:
        state = owner.storage_state()
        context = browser.new_context(base_url=product.url, storage_state=state, **options)
        yield context.new_page()
        context.close()

    return open_tab


@dataclass
class Visit:
    """What one look at a page with a cold cache showed."""

    console_errors: list[str] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)
    barriers: list[str] = field(default_factory=list)
    weight: dict[str, int] = field(default_factory=dict)


@pytest.fixture(scope="module")
def visits(opened: Callable, paths: list[str]) -> dict[str, Visit]:
    """Every other page once, in the light theme on a desk; tomorrow the others."""
    visits = {path: look(opened, path) for path in sample(paths, 2)}
    return {path: visit for path, visit in visits.items() if not is_gone(path, visit)}


def is_gone(path: str, visit: Visit) -> bool:
    """Whether it was about a recurring job, whose record goes when the next one has ended."""
    return path.startswith("/settings/jobs/") and visit.answers[0].status == 404


def look(opened: Callable, path: str) -> Visit:
    visit = Visit()
    with opened(color_scheme="light", reduced_motion="reduce") as page:
        page.on("pageerror", lambda error: visit.console_errors.append(str(error)))
        page.on(
            "console",
            lambda line: (
                visit.console_errors.append(f"{line.text} {line.location['url']}")
                if line.type == "error"
                else None
            ),
        )
        page.on("response", lambda answer: visit.answers.append(answer))  # noqa: PLW0108 - counts arguments
        page.goto(path)
        walk.settle(page)
        visit.weight = {kind: weigh(visit.answers, kind) for kind in LIMITS}
        visit.barriers = barriers(page)
    return visit


def barriers(page: Page) -> list[str]:
    """What axe finds, with the first place of each."""
    violations = Axe().run(page).response["violations"]
    return [f"{violation['id']}: {violation['nodes'][0]['html'][:160]}" for violation in violations]


def nothing(findings: dict) -> None:
    kept = {path: what for path, what in findings.items() if what}
    assert not kept, json.dumps(kept, indent=1)


@pytest.mark.parametrize("room", ROOMS)
def test_links_lead_to_every_room(paths: list[str], room: str) -> None:
    assert any(path.startswith(f"/{room}") for path in paths), paths


def test_axe_finds_nothing_in_the_light(visits: dict[str, Visit]) -> None:
    nothing({path: visit.barriers for path, visit in visits.items()})


def test_axe_finds_nothing_in_the_dark(opened: Callable, paths: list[str]) -> None:
    """The colours are the same tokens everywhere, so a fifth of the pages is enough, every day another."""
    violations = {}
    with opened(color_scheme="dark", reduced_motion="reduce") as page:
        for path in sample(paths, 5):
            page.goto(path)
            walk.settle(page)
            violations[path] = barriers(page)
    nothing(violations)


def test_the_console_stays_quiet_and_the_policy_is_kept(visits: dict[str, Visit]) -> None:
    nothing({path: visit.console_errors for path, visit in visits.items()})


def test_every_page_is_light(visits: dict[str, Visit]) -> None:
    nothing(
        {
            path: visit.weight if any(visit.weight[kind] > LIMITS[kind] for kind in LIMITS) else None
            for path, visit in visits.items()
        }
    )


def test_no_page_is_wider_than_a_small_phone(opened: Callable, paths: list[str]) -> None:
    overflowing = {}
    with opened(viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True) as page:
        for path in sample(paths, 2):  # the layouts are few: every day the other half
            page.goto(path)
            walk.settle(page)
            width = page.evaluate("document.documentElement.scrollWidth")
            overflowing[path] = width if width > 360 else None
    nothing(overflowing)


def weigh(answers: list[Response], kind: str) -> int:
    """Bytes on the wire of a page's scripts or styles."""
    wanted = [
        answer.request
        for answer in answers
        if answer.request.resource_type == kind and not APART.search(answer.url)
    ]
    return sum(request.sizes()["responseBodySize"] for request in wanted)
