"""Gives the demo one of each thing it does not come with, so that the walk finds the pages of these as well."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

from playwright.sync_api import Page

PEOPLE = "E-mail,Name,Country\nada@example.org,Ada Lovelace,GB\n,Nobody,\n"
TILL = "Order No.,E-mail,sku,price\n1,ada@example.org,A1,3.50\n"


def furnish(page: Page, folder: Path) -> None:
    """A company, a finished import, an export, a list, a webhook, a feed of files, a measurement and a repair."""
    _company(page)
    _import(page, _file(folder, "people.csv", PEOPLE))
    _press(page, "/exports/new/", "Export")
    _named(page, "/segments/new-list/", "Press", "Create list")
    _named(page, "/data/webhooks/new/", "Shop", "Create address")
    _named(page, "/data/files/new/", "Till", "Create")
    page.set_input_files("input[type=file]", _file(folder, "till.csv", TILL))
    page.locator("main").get_by_role("button", name="Upload").click()
    page.goto("/quality/")
    # The demo measures by itself when its search for duplicates has ended; the page turns to the result then.
    page.get_by_role("button", name="Measure now").wait_for(timeout=150_000)
    _press(page, "/quality/repairs/", "Preview")


def _file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def _press(page: Page, path: str, name: str) -> None:
    page.goto(path)
    page.get_by_role("button", name=re.compile(name)).last.click()
    page.wait_for_load_state()


def _named(page: Page, path: str, name: str, button: str) -> None:
    page.goto(path)
    # A demo that runs already may have one of this name.
    page.get_by_label("Name", exact=True).fill(f"{name} {uuid.uuid4().hex[:4]}")
    page.locator("main").get_by_role("button", name=button, exact=True).click()
    page.wait_for_url(lambda url: not url.endswith(path))


def _company(page: Page) -> None:
    page.goto("/people/companies/new/")
    page.get_by_label("Name", exact=True).fill("Acme")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(re.compile(r"/companies/[0-9a-f-]{36}/"))


def _import(page: Page, file: Path) -> None:
    page.goto("/imports/new/")
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/columns/")
    page.get_by_role("button", name="Check the whole file").click()
    page.get_by_role("button", name=re.compile("^Import ")).click()
    page.get_by_role("button", name="Revert").wait_for()
