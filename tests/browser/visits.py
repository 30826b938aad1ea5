"""One walk over the product for all tests that look at every page: each asks its question while the page is open."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response

from rapport.config.testing_run import is_in_sample
from tests.browser import walk
from tests.browser.furnish import furnish
from tests.browser.product import Product

# The main cell of a list's row.
MAIN = "tr[data-row] .cell-main a"
KINDS = ("script", "stylesheet")
# Charts and editors are counted apart (UI.md): only pages that use them load them.
APART = re.compile(r"/vendor/(echarts|grapes|codemirror|mjml|sortable)", re.I)
DESK, PHONE = (
    {"width": 1280, "height": 720, "deviceScaleFactor": 1, "mobile": False},
    {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True},
)


@dataclass
class Visit:
    """What one look at a page showed. `light` and `dark` are what axe finds there, None on another day's pages."""

    console_errors: list[str] = field(default_factory=list)
    weight: dict[str, int] = field(default_factory=dict)
    light: list[str] | None = None
    dark: list[str] | None = None
    width: int = 0
    has_list: bool = False


def of(product: Product, browser: Browser, folder: Path) -> dict[str, Visit]:
    """By path; walked once, and kept with the product."""
    if not product.visits:
        owner = product.sign_in(browser, color_scheme="light", reduced_motion="reduce")
        furnish(owner.pages[0], folder)
        walker = Walker(owner.new_page())
        walk.pages(walker.page, product.url, walker.look)
        product.visits = walker.visits
        owner.close()
    return product.visits


class Walker:
    """Looks at one page after another, each with a cold cache, on a desk and then on a small phone."""

    def __init__(self, page: Page) -> None:
        self.page, self.visits = page, dict[str, Visit]()
        self._errors, self._answers = list[str](), list[Response]()
        page.on("request", self._begin)
        page.on("pageerror", lambda error: self._errors.append(str(error)))
        page.on("console", self._hear)
        page.on("response", lambda answer: self._answers.append(answer))  # noqa: PLW0108 - counts arguments
        self._devtools = page.context.new_cdp_session(page)
        self._devtools.send("Network.enable")
        self._devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})

    def _begin(self, request: Request) -> None:
        """A new page starts from nothing, also after one that led to a page which was seen already."""
        if request.is_navigation_request() and request.frame.parent_frame is None:
            self._errors.clear()
            self._answers.clear()

    def _hear(self, line: ConsoleMessage) -> None:
        if line.type == "error":
            self._errors.append(f"{line.text} {line.location['url']}")

    def look(self, path: str, answer: Response) -> None:
        # A recurring job's record goes when the next one has ended.
        if not (path.startswith("/settings/jobs/") and answer.status == 404):
            self.visits[path] = self._visit(len(self.visits))

    def _visit(self, number: int) -> Visit:
        walk.settle(self.page)
        visit = Visit(
            weight={kind: self._weigh(kind) for kind in KINDS}, has_list=bool(self.page.locator(MAIN).count())
        )
        if is_in_sample(number, 2):
            visit.light = barriers(self.page)
        if is_in_sample(number, 5):  # the colours are the same tokens everywhere
            visit.dark = self._in_the_dark()
        visit.width = self._width_on_a_phone()
        visit.console_errors = list(self._errors)
        return visit

    def _weigh(self, kind: str) -> int:
        """Bytes on the wire of a page's scripts or styles."""
        wanted = [answer.request for answer in self._answers if not APART.search(answer.url)]
        return sum(request.sizes()["responseBodySize"] for request in wanted if request.resource_type == kind)

    def _in_the_dark(self) -> list[str]:
        self.page.emulate_media(color_scheme="dark")
        walk.settle(self.page)
        violations = barriers(self.page)
        self.page.emulate_media(color_scheme="light")
        return violations

    def _width_on_a_phone(self) -> int:
        self._show_on(PHONE)
        width = 0
        for _ in range(20):  # charts follow a moment later
            width = self.page.evaluate("document.documentElement.scrollWidth")
            if width <= PHONE["width"]:
                break
            self.page.wait_for_timeout(50)
        self._show_on(DESK)
        return width

    def _show_on(self, device: dict[str, object]) -> None:
        self._devtools.send("Emulation.setDeviceMetricsOverride", device)
        self._devtools.send("Emulation.setTouchEmulationEnabled", {"enabled": device["mobile"]})


def barriers(page: Page) -> list[str]:
    """What axe finds, with the first place of each."""
    violations = Axe().run(page).response["violations"]
    return [f"{violation['id']}: {violation['nodes'][0]['html'][:160]}" for violation in violations]
