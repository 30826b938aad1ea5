"""The pages of roles, teams, keys, assignment and reasons in a real browser: accessible, and nothing overflows."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from rapport.core import access
from rapport.core.models import Team
from rapport.core.services import ownership
from rapport.core.tests.test_ui_browser import RULES, WIDTHS
from rapport.people.models import Company

pytestmark = pytest.mark.django_db(transaction=True)
LOOKS = [
    ("narrow", "dark")
]  # most of them are also looked at, wide and light, by tests/browser/test_pages.py


@pytest.fixture
def paths(user):
    team = Team.objects.create(name="North", description="Sales north of the river")
    user.teams.set([team])
    acme = Company.objects.create(
        id="00000000-0000-4000-8000-00000000ac3e", group_id="acme", name="Acme", owner=user, team=team
    )
    change = ownership.choose(actor=access.for_user(user), kind="company", rows=Company.objects.all())
    return [
        "/settings/users/", f"/settings/users/{user.pk}/", "/settings/roles/", "/settings/roles/new/?copy=agent",
        "/settings/roles/owner/", "/settings/teams/", f"/settings/teams/{team.pk}/", "/settings/keys/",
        f"/settings/why/?record=company:{acme.pk}", f"/assignments/{change.pk}/",
        f"/people/companies/{acme.pk}/",
    ]  # fmt: skip


@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_axe_finds_nothing_and_nothing_overflows(open_page, paths, size, theme):
    wrong = {}
    for path in paths:
        tab = open_page(path, size, theme)
        violations = Axe().run(tab, options={"runOnly": RULES}).response["violations"]
        faults = [(fault["id"], fault["nodes"][0]["html"]) for fault in violations]
        if tab.evaluate("document.documentElement.scrollWidth") > WIDTHS[size]:
            faults.append(("overflow", path))
        if faults:
            wrong[path] = faults
    assert wrong == {}
