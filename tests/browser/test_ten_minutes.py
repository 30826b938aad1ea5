"""What a newcomer makes without a manual: a form, who answered it, a personal mail for them, its results."""

from __future__ import annotations

import re
import uuid

from playwright.sync_api import Browser, Page, expect

from tests.browser.product import Product, person_agent
from tests.browser.story import Owner, Reader, soon

AGREED = "Yes, write to me about candles."


def test_from_a_form_to_the_results_of_a_tested_mail(product: Product, browser: Browser) -> None:
    owner = Owner(product, browser)
    page, name = owner.page, f"Candle club {uuid.uuid4().hex[:6]}"
    address = makes_a_form(page, name)
    visitors = [opens(product, browser, address) for _ in range(2)]
    writes_a_mail(page, name)
    emails = [answers(visitor, first) for visitor, first in zip(visitors, ("Ada", "Grace"), strict=True)]
    makes_a_segment_of_who_answered(page, name)
    campaign = sends_a_test_of_two_subjects(page, name)
    for email, first in zip(emails, ("Ada", "Grace"), strict=True):
        subjects = {f"{first}, light the first candle", f"A candle for {first}"}
        assert Reader(owner, email).newest_subject() in subjects
    page.goto(campaign)
    variants = page.get_by_role("region", name="Variants").get_by_role("row")
    expect(variants.filter(has_text=re.compile("light the first candle|A candle for"))).to_have_count(2)


def makes_a_form(page: Page, name: str) -> str:
    """Its public address."""
    page.goto("/forms/new/")
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create form").click()
    page.get_by_role("button", name="Add a field").click()
    page.get_by_role("button", name="Text", exact=True).click()
    label = page.get_by_label("Label", exact=True).nth(1)
    label.fill("First name")
    label.press("Tab")
    expect(page.get_by_label("Save to").nth(1)).to_have_value("first_name")
    page.get_by_role("button", name="Add a consent").click()
    page.get_by_label("Wording").fill(AGREED)
    page.get_by_label("Purpose").select_option(label="Newsletter")
    page.get_by_role("group", name="Channels").get_by_label("Email", exact=True).check()
    page.get_by_role("button", name="Save", exact=True).last.click()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("button", name="Take offline")).to_be_visible()
    return page.locator("#embed-address").inner_text()


def opens(product: Product, browser: Browser, address: str) -> Page:
    visitor = browser.new_context(base_url=product.url, user_agent=person_agent(browser)).new_page()
    visitor.goto(address)
    return visitor


def answers(visitor: Page, first_name: str) -> str:
    email = f"{first_name.lower()}-{uuid.uuid4().hex[:8]}@example.com"
    visitor.get_by_label("Email address").fill(email)
    visitor.get_by_label("First name").fill(first_name)
    visitor.get_by_label(AGREED).check()
    visitor.get_by_role("button", name="Send").click()
    expect(visitor.get_by_role("heading", name="Thank you")).to_be_visible()
    return email


def writes_a_mail(page: Page, name: str) -> None:
    """A design of the gallery, visually, that greets people by their first name."""
    page.goto("/templates/new/")
    page.get_by_label("Name", exact=True).fill(name)
    page.locator("label.design", has_text="Newsletter").first.click()
    page.get_by_role("button", name="Create template").click()
    frame = page.frame_locator("iframe.mail-visual")
    frame.locator("body[data-ready]").wait_for()
    frame.frame_locator("iframe.gjs-frame").get_by_role("heading").first.dblclick()
    frame.locator(".gjs-rte-toolbar").wait_for()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("Good evening, ")
    page.get_by_role("button", name="Insert", exact=True).click()
    page.get_by_role("button", name="Personal value", exact=True).click()
    chooses_first_name(page, "friend")
    page.get_by_label("Subject").fill("")
    page.get_by_role("button", name="Add a personal value").click()
    chooses_first_name(page, "Friend")
    page.get_by_label("Subject").press("End")
    page.get_by_label("Subject").press_sequentially(", light the first candle")
    page.get_by_role("button", name="Save version").click()
    expect(page.get_by_text("Version 1 is saved.")).to_be_visible()
    page.locator("r-mail-editor[data-edit=visual]").wait_for()


def chooses_first_name(page: Page, missing: str) -> None:
    dialog = page.get_by_role("dialog", name="Personal value")
    dialog.get_by_label("Value").select_option("First name")
    dialog.get_by_label("If missing").fill(missing)
    dialog.get_by_role("button", name="Insert").click()
    expect(dialog).to_be_hidden()


def makes_a_segment_of_who_answered(page: Page, name: str) -> None:
    page.goto("/segments/new/")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Add condition").first.click()
    page.get_by_role("button", name="Event", exact=True).first.click()
    page.get_by_label("Event", exact=True).wait_for()
    page.get_by_role("button", name="Remove", exact=True).first.click()
    expect(page.get_by_role("button", name="Remove", exact=True)).to_have_count(1)
    page.get_by_label("Event", exact=True).fill("Form Submitted")
    page.get_by_role("button", name="where", exact=True).click()
    page.get_by_label("Property").fill("form_name")
    page.get_by_label("Value").last.fill(name)
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def sends_a_test_of_two_subjects(page: Page, name: str) -> str:
    """Everybody takes part, so that nobody waits for a winner. The address of the results."""
    page.goto("/campaigns/new/")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Segment").select_option(label=name)
    page.get_by_label("Purpose").select_option(label="Newsletter")
    page.get_by_label("Template").first.select_option(label=name)
    page.get_by_text("Test variants").click()
    page.get_by_role("group", name="Variant B").get_by_label("Subject").fill(
        "A candle for {{ person.first_name }}"
    )
    page.get_by_label("Test group, percent").fill("100")
    page.get_by_role("button", name="Review and send").click()
    page.wait_for_url("**/review/")
    send = page.get_by_role("button", name="Send to 2 people")
    soon(lambda: send.is_visible() or (page.reload() and False), "both are in the segment", 20)
    send.click()
    page.wait_for_url(re.compile(r"/campaigns/[\w-]+-[\w-]+/$"))
    return page.url
