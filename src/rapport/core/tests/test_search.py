"""The command palette shows each reader what they may see and do."""

import pytest

from rapport.core import registry
from rapport.core.models import User
from rapport.core.registry import NavEntry, NewEntry, SearchHit, SearchProvider

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


@pytest.fixture(autouse=True)
def entries():
    """Registries with one page, one action and one kind of record."""
    guide = NavEntry("guide", "Guide", "house", "core:styleguide", 1)
    new = NewEntry("list", "Secret list", "list", "core:styleguide-list", 1, "users.edit")
    with (
        registry.NAVIGATION.temporarily(guide, alone=True),
        registry.NEW_ENTRIES.temporarily(new, alone=True),
        registry.SEARCH_PROVIDERS.temporarily(SearchProvider("cats", "Cats", "users.edit", cats), alone=True),
    ):
        yield


def cats(actor, text, limit):
    return [SearchHit(f"{text} of {actor.label}", "/cats/1/", "star", "tabby")]


def test_records_pages_and_actions_come_in_one_list(page):
    text = page.get("/search/?q=tom").content.decode()
    assert "tom of ada@example.org" in text
    assert "Guide" in page.get("/search/?q=gui").content.decode()
    assert "Secret list" in page.get("/search/").content.decode()


def test_who_lacks_the_permission_finds_neither_record_nor_action(client):
    client.force_login(User.objects.create_user("eve@example.org", roles=["viewer"]))
    text = client.get("/search/?q=s").content.decode() + client.get("/search/?q=tom").content.decode()
    assert "Secret" not in text
    assert "tom of" not in text


def test_what_is_searched_for_is_escaped(page):
    assert "<b>" not in page.get("/search/?q=<b>").content.decode()


def test_the_theme_is_remembered_and_cannot_be_anything(page, user):
    page.post("/account/theme/", {"theme": "dark"})
    user.refresh_from_db()
    assert user.theme == "dark"
    page.post("/account/theme/", {"theme": '"><script>'})
    user.refresh_from_db()
    assert user.theme == "system"


def test_the_theme_switch_never_redirects_to_another_site(page):
    answer = page.post("/account/theme/", {"theme": "dark"}, headers={"Referer": "https://evil.example/"})
    assert answer.url == "/"


@pytest.mark.parametrize("path", ["", "record/", "related/", "list/"])
def test_the_style_guide_renders_every_component(page, path):
    assert page.get(f"/styleguide/{path}").status_code == 200


def test_a_form_answers_errors_beside_their_fields(page):
    answer = page.post("/styleguide/", {"name": ""})
    assert answer.status_code == 422
    assert b'aria-describedby="id_name_helptext id_name_error"' in answer.content


def test_a_record_also_opens_in_the_side_panel(page):
    text = page.get("/styleguide/record/", headers={"HX-Target": "panel"}).content.decode()
    assert "data-panel-close" in text
    assert "<html" not in text
