"""The frame around every page and who gets to see what of it."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.template import engines
from django.test import RequestFactory

from rapport.core.access import Actor
from rapport.core.models import User
from rapport.core.permissions import grants_of_role
from rapport.core.views.pages import page as guard

CORE = Path(settings.PACKAGE) / "core"


def request_of(role=None, **headers):
    request = RequestFactory().get("/somewhere/", headers=headers)
    if role:
        request.user = User(id=7, email="max@example.org")
        request.actor = Actor("user", "7", "max@example.org", grants_of_role(role), 7)
    return request


def shown(source, **context):
    return engines["django"].from_string(source).render(context).strip()


def test_a_stranger_is_sent_to_sign_in_and_back():
    answer = guard("people.view")(lambda request: HttpResponse("secret"))(request_of())
    assert answer.status_code == 302
    assert answer.url == "/account/login/?next=/somewhere/"


def test_a_page_one_may_not_see_does_not_exist():
    with pytest.raises(Http404):
        guard("data.view")(lambda request: HttpResponse())(request_of("viewer"))


def test_a_verb_one_may_not_do_is_forbidden_by_name():
    with pytest.raises(PermissionDenied, match=r"campaigns\.send"):
        guard("campaigns.send")(lambda request: HttpResponse())(request_of("viewer"))


def test_pages_and_their_partials_are_cached_apart():
    answer = guard("people.view")(lambda request: HttpResponse())(request_of("viewer"))
    assert "HX-Request" in answer["Vary"]


def test_every_icon_used_in_a_template_is_in_the_sprite():
    sprite = set(re.findall(r'id="([^"]+)"', (CORE / "static/core/icons/sprite.svg").read_text()))
    used = {
        name
        for path in Path(settings.PACKAGE).rglob("templates/**/*.html")
        for name in re.findall(r'{% icon "([^"]+)"', path.read_text())
    }
    assert used <= sprite


def test_no_template_carries_inline_script_or_style():
    for path in Path(settings.PACKAGE).rglob("templates/**/*.html"):
        text = path.read_text()
        if "<!doctype" not in text or "core" in path.parts:  # whole documents of others: mails and previews
            assert not re.search(
                r'\sstyle="|<style|\son[a-z]+="|<script(?![^>]*(\ssrc=|type="application/json"))', text
            ), path


def test_what_a_person_types_is_escaped_in_components():
    assert "&lt;b&gt;" in shown("{% card title %}{{ title }}{% endcard %}", title="<b>")
    assert "<b>" not in shown(
        "{% card title %}{{ title }}{% endcard %}{% badge title %}{% stat title title %}", title="<b>"
    )
