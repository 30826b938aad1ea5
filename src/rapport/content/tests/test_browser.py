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
