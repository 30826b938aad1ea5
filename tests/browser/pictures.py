"""Takes a picture of every page at two widths in both themes, for looking at what a change did.

    bin/pictures [--into FOLDER] [--url http://127.0.0.1:8000 --email E --password P] [PATH ...]

Without --url a small demo is started for it. Without paths every page that links lead to is taken.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser import walk
from tests.browser.conftest import ARGUMENTS, executable
from tests.browser.product import OWNER, PASSWORD, Product, sign_in

WIDTHS = {1440: 900, 390: 844}
THEMES = ("light", "dark")


def main() -> None:
    options = _options()
    product = Product()
    product.url = options.url.rstrip("/") or product.url
    started = not product.url
    if started:
        product.start()
        product.create_owner()
    try:
        _take_all(product.url, options)
    finally:
        if started:
            product.stop()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--into", type=Path, default=Path("pictures"))
    parser.add_argument("--url", default="")
    parser.add_argument("--email", default=OWNER)
    parser.add_argument("--password", default=PASSWORD)
    parser.add_argument("paths", nargs="*")
    return parser.parse_args()


def _take_all(url: str, options: argparse.Namespace) -> None:
    options.into.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        owner = browser.new_context(base_url=url)
        sign_in(owner.new_page(), options.email, options.password)
        paths = options.paths or walk.pages(owner.pages[0], url)
        for theme in THEMES:
            for width in WIDTHS:
                _take(browser, owner, url, paths, theme, width, options.into)
        browser.close()


def _take(
    browser: Browser, owner: BrowserContext, url: str, paths: list[str], theme: str, width: int, into: Path
) -> None:
    size = {"width": width, "height": WIDTHS[width]}
    context = browser.new_context(
        base_url=url,
        storage_state=owner.storage_state(),
        color_scheme=theme,
        viewport=size,
        reduced_motion="reduce",
    )
    page = context.new_page()
    for path in paths:
        page.goto(path)
        walk.settle(page)
        name = walk.kind(path).strip("/").replace("/", "-").replace("*", "one") or "home"
        target = into / f"{name}-{width}-{theme}.png"
        page.screenshot(path=target, full_page=True)
        print(target)  # noqa: T201 - the tool's output
    context.close()


if __name__ == "__main__":
    main()
