"""The editor in a real browser: a version holds what was typed a moment before; settings let Tab skip their list."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from rapport.content.models import Template, TemplateVersion

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_version_holds_what_was_typed_a_moment_before(open_page: Any, template: Template) -> None:
    tab = open_page(reverse("content:template", args=[template.pk]))
    tab.get_by_label("Subject").fill("Typed last")
    with tab.expect_navigation():
        tab.get_by_role("button", name="Save version").click()
    assert TemplateVersion.objects.order_by("-version")[0].subject == "Typed last"


def test_the_first_key_skips_the_navigation_of_settings_however_far_down_it_stands(
    open_page: Any, db: None
) -> None:
    tab = open_page(reverse("governance:suppressions"))
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    assert tab.evaluate("!!document.activeElement.closest('.settings-body')")


def test_what_was_sent_into_a_network_that_failed_is_there_again(open_page: Any, db: None) -> None:
    tab = open_page(reverse("content:template-new"))
    tab.get_by_label("Name").fill("Written on a train")
    tab.context.set_offline(True)
    tab.get_by_role("button", name="Create template").click()
    tab.wait_for_url("chrome-error://**")
    tab.context.set_offline(False)
    tab.goto(reverse("content:template-new"))
    tab.wait_for_function("document.querySelector('[name=name]').value === 'Written on a train'")
    tab.get_by_role("button", name="Create template").click()
    tab.wait_for_url("**/templates/*-*/**")
    assert Template.objects.filter(name="Written on a train").count() == 1


def test_the_source_completes_names_and_marks_the_line_that_is_wrong(
    open_page: Any, template: Template
) -> None:
    tab = open_page(reverse("content:template", args=[template.pk]))
    tab.locator("r-mail-editor[data-code]").wait_for()
    tab.get_by_role("textbox", name="MJML").click()
    tab.keyboard.press("Control+Home")
    tab.keyboard.type("{{ person.first")
    tab.get_by_role("option", name="person.first_name").click()
    tab.locator(".cm-lint-marker-error").wait_for()
    assert tab.locator("#mail-mjml").input_value().startswith("{{ person.first_name")
    for _undone in range(5):
        tab.keyboard.press("Control+z")
    tab.locator(".cm-lint-marker-error").wait_for(state="detached")
    template.refresh_from_db()
    assert template.mjml.startswith("<mjml>")
