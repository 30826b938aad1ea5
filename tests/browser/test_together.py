"""Two people on one template: they see each other, comment on it, and are told."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.product import OWNER, PASSWORD, Product, person_agent, sign_in

pytestmark = pytest.mark.browser
COLLEAGUE = "colleague@example.com"
PATIENCE = 15_000


@pytest.fixture
def colleague(product: Product, browser: Browser) -> Page:
    product.run(
        "user", "create", "--email", COLLEAGUE, "--role", "marketer", "--password-stdin", given=PASSWORD
    )
    context = browser.new_context(base_url=product.url, user_agent=person_agent(browser))
    tab = context.new_page()
    sign_in(tab, COLLEAGUE)
    yield tab
    context.close()


def test_two_on_one_template_see_each_other_and_what_they_say(
    product: Product, browser: Browser, colleague: Page
) -> None:
    owner = product.sign_in(browser).new_page()
    owner.goto("/templates/")
    address = owner.locator("tbody a.main-link").first.get_attribute("href")
    owner.goto(address)
    colleague.goto(address)
    present = owner.locator(".together-people .avatar")
    expect(present).to_have_attribute("title", re.compile(f"{COLLEAGUE}|colleague"), timeout=PATIENCE)
    comments_on(colleague, f"@{OWNER.partition('@')[0]} is this subject final?")
    expect(owner.locator("[data-comments].is-new")).to_be_visible(timeout=PATIENCE)
    expect(owner.locator("#bell-count")).to_contain_text("1 unread notice", timeout=PATIENCE)
    answers(owner, "It is.")
    expect(colleague.locator("#comments")).to_contain_text("It is.", timeout=PATIENCE)
    colleague.goto("/templates/")
    expect(present).to_have_count(0, timeout=PATIENCE)


def comments_on(page: Page, text: str) -> None:
    page.locator("[data-comments]").click()
    page.get_by_label("New comment").fill(text)
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator("#comments .comment-text")).to_have_text(text)


def answers(page: Page, text: str) -> None:
    page.locator("[popovertarget=bell-menu]").click()
    page.locator("#bell-menu .bell-item").first.click()
    page.locator("[data-comments]").click()
    page.locator("#comments summary").first.click()
    page.get_by_label("Answer").fill(text)
    page.get_by_role("button", name="Answer", exact=True).click()
