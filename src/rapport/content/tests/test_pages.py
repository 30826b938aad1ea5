"""The pages of templates, seen by somebody who is signed in."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from rapport.content.models import Template

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["templates", "template-new", "template-people"])
def test_pages_without_a_record_open(page: Any, template: Template, name: str) -> None:
    assert page.get(reverse(f"content:{name}")).status_code == 200


def test_the_editor_previews_for_a_person_without_scripts(
    page: Any, template: Template, new_person: Any
) -> None:
    new_person("ada", first_name="Augusta")
    assert page.get(reverse("content:template", args=[template.pk])).status_code == 200
    shown = page.get(reverse("content:template-preview", args=[template.pk]) + "?person=ada@example.org")
    assert b"Hello Augusta" in shown.content
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    assert "script-src" not in shown.headers["Content-Security-Policy"]


def test_a_draft_is_kept_even_when_it_is_broken(page: Any, template: Template) -> None:
    address = reverse("content:template-draft", args=[template.pk])
    body = page.post(address, {"mjml": "<mjml>\n<mj-body>\n<mj-text>"}).content.decode()
    assert "Line 3" in body
    template.refresh_from_db()
    assert template.mjml.endswith("<mj-text>")


def test_a_version_can_be_restored(page: Any, template: Template) -> None:
    page.post(reverse("content:template-publish", args=[template.pk]))
    page.post(reverse("content:template-draft", args=[template.pk]), {"subject": "Other"})
    page.post(reverse("content:template-restore", args=[template.pk, 1]))
    template.refresh_from_db()
    assert template.subject == "Hi {{ person.first_name }}"


def test_higher_apps_put_their_buttons_on_a_template(page: Any, template: Template) -> None:
    body = page.get(reverse("content:template", args=[template.pk])).content.decode()
    assert f"/campaigns/new/?template={template.pk}" in body


def test_what_changed_since_a_version_is_shown(page: Any, template: Template) -> None:
    page.post(reverse("content:template-publish", args=[template.pk]))
    address = reverse("content:template-compare", args=[template.pk, 1])
    assert b"The draft says what this version says" in page.get(address).content
    page.post(
        reverse("content:template-draft", args=[template.pk]),
        {"mjml": template.mjml.replace("Sale<", "All<")},
    )
    body = page.get(address).content.decode()
    assert "<del>- &lt;mj-button" in body
    assert "<ins>+ " in body
    assert "All&lt;" in body
    assert "Subject" not in body
