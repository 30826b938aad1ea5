"""The design system in a real browser: accessible in both themes and sizes, and usable by keyboard alone."""

import gzip
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import expect

from rapport.core import access
from rapport.core.services.views import save_view

pytestmark = pytest.mark.django_db(transaction=True)
STATIC = Path(settings.PACKAGE) / "core/static/core"
WIDTHS = {"wide": 1440, "narrow": 390}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def views(user):
    for name in ("Alpha", "Beta", "Gamma"):
        save_view(actor=access.for_user(user), list_name="people", name=name, query="q=a", audience="")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", ["wide", "narrow"])
@pytest.mark.parametrize("path", ["/styleguide/", "/styleguide/record/", "/account/saved-views/"])
def test_axe_finds_nothing_and_nothing_overflows(open_page, views, path, size, theme):
    tab = open_page(path, size, theme)
    violations = Axe().run(tab, options={"runOnly": RULES}).response["violations"]
    assert [(violation["id"], violation["nodes"][0]["html"]) for violation in violations] == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= WIDTHS[size]


def test_a_list_is_worked_with_the_keyboard(open_page, views):
    tab = open_page("/account/saved-views/?sort=name")
    for key in ("j", "j", "x"):
        tab.keyboard.press(key)
    expect(tab.get_by_role("checkbox", name="Select Beta")).to_be_checked()
    tab.get_by_role("button", name="Change…").click()
    expect(tab.get_by_role("heading", name="Change")).to_be_visible()


def test_a_search_narrows_the_list_and_stands_in_the_address(open_page, views):
    tab = open_page("/account/saved-views/")
    tab.get_by_role("searchbox", name="Search views").fill("gam")
    expect(tab.locator("tr[data-row]")).to_have_count(1)
    expect(tab).to_have_url(re.compile(r"\?q=gam$"))


def test_a_filter_group_is_built_and_removed_again(open_page, views):
    tab = open_page("/account/saved-views/")
    tab.keyboard.press("f")
    tab.locator("[data-children] [data-value]").fill("eta")
    tab.get_by_role("button", name="Apply").first.click()
    expect(tab.locator("tr[data-row]")).to_have_count(1)
    tab.get_by_role("link", name="Remove the filter").click()
    expect(tab.locator("tr[data-row]")).to_have_count(3)


def test_a_cell_is_edited_in_place(open_page, views):
    tab = open_page("/account/saved-views/?cols=name,title")
    tab.get_by_role("button", name="Edit Rename of Beta").click()
    tab.get_by_role("textbox", name="Rename", exact=True).fill("Delta")
    tab.keyboard.press("Enter")
    expect(tab.get_by_text("Delta").first).to_be_visible()


def test_the_palette_opens_with_control_k_and_goes_where_enter_says(open_page):
    tab = open_page("/styleguide/")
    tab.keyboard.press("Control+k")
    # A request that leaving the page breaks off would count as an error.
    with tab.expect_response("**/search/**"):
        tab.get_by_role("combobox", name="Search people").fill("segments")
    expect(tab.get_by_role("option", name="Segments").first).to_have_attribute("aria-selected", "true")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/segments/**")
    tab.wait_for_load_state("networkidle")


def test_shortcuts_are_silent_while_typing(open_page):
    tab = open_page("/styleguide/")
    tab.get_by_label("Note").press("?")
    expect(tab.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()


def test_a_draft_survives_a_reload(open_page):
    tab = open_page("/styleguide/")
    tab.locator("#id_name").fill("Spring")
    tab.reload()
    expect(tab.locator("#id_name")).to_have_value("Spring")


def test_a_chart_has_its_table_and_its_csv(open_page):
    tab = open_page("/styleguide/")
    with tab.expect_download() as download:
        tab.locator("r-chart [popovertarget]").first.click()
        tab.get_by_role("button", name="Download as CSV").click()
    assert Path(download.value.path()).read_text("utf-8-sig").startswith("Day,Visitors,Buyers")


def test_a_record_opens_beside_the_list_and_escape_closes_it(open_page):
    tab = open_page("/styleguide/")
    tab.get_by_role("link", name="Open the side panel").click()
    expect(tab.locator("#panel")).to_be_visible()
    tab.keyboard.press("Escape")
    expect(tab.locator("#panel")).to_be_hidden()


def compressed(*paths):
    return sum(len(gzip.compress(path.read_bytes())) for path in paths)


def test_scripts_and_styles_of_a_page_stay_within_their_budget():
    scripts = [path for path in STATIC.glob("js/*.js") if not path.name.startswith("chart-")]
    assert compressed(STATIC / "vendor/htmx.min.js", *scripts) <= 60_000
    assert compressed(*STATIC.glob("css/*.css")) <= 40_000


def test_every_script_module_is_short():
    assert {path.name for path in STATIC.glob("js/*.js") if len(path.read_text().splitlines()) > 80} == set()
