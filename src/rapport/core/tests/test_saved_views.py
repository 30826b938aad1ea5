"""Saved views: private until shared, and everybody's own to change."""

import pytest

from rapport.core import access
from rapport.core.models import SavedView, Team, User
from rapport.core.services.views import save_view

pytestmark = pytest.mark.django_db


def test_a_saved_view_is_private_until_shared(user, page):
    other = User.objects.create_user("max@example.org", roles=["marketer"])
    save_view(actor=access.for_user(other), list_name="my-changes", name="Theirs", query="q=a", audience="")
    save_view(
        actor=access.for_user(other), list_name="my-changes", name="Ours", query="q=b", audience="everybody"
    )
    text = page.get("/styleguide/list/").content.decode()
    assert "Ours" in text
    assert "Theirs" not in text


def test_a_view_is_saved_deleted_and_brought_back(page):
    fields = {"list": "my-changes", "name": "Mine", "query": "q=a", "path": "/styleguide/list/"}
    saved = page.post("/account/views/", fields)
    assert saved["Location"].startswith("/styleguide/list/?q=a&view=")
    page.post(f"/account/views/{SavedView.objects.get().pk}/deletion/", {"path": "//evil.example"})
    assert not SavedView.objects.exists()
    page.post("/account/views/?list=my-changes&name=Mine&query=q%3Da&audience=")
    assert SavedView.objects.get().query == "q=a"


def test_nobody_deletes_the_view_of_somebody_else(user, page):
    other = User.objects.create_user("max@example.org", roles=["marketer"])
    view = save_view(actor=access.for_user(other), list_name="a", name="b", query="", audience="everybody")
    assert page.post(f"/account/views/{view.pk}/deletion/").status_code == 404


def test_own_views_are_renamed_and_shared_and_those_of_others_are_not(user, page):
    other = User.objects.create_user("max@example.org", roles=["marketer"])
    own_view, other_view = (
        save_view(actor=access.for_user(who), list_name="people", name="A", query="q=a", audience="")
        for who in (user, other)
    )
    page.post("/account/saved-views/", {"edit": "title", "row": own_view.pk, "value": "B"})
    assert (
        page.post("/account/saved-views/", {"edit": "title", "row": other_view.pk, "value": "B"}).status_code
        == 404
    )
    place = page.post("/account/saved-views/", {"action": "change", "row": [own_view.pk, other_view.pk]}).url
    page.post(place, {"column": "audience", "value": "everybody"})
    assert set(SavedView.objects.values_list("name", "shared")) == {("B", True), ("A", False)}
    page.post(f"{place}undo/")
    assert not SavedView.objects.filter(shared=True).exists()


@pytest.fixture
def team(user):
    team = Team.objects.create(name="Sales")
    user.teams.add(team)
    return team


def views_in(page, path="/styleguide/list/"):
    return page.get(path).content.decode()


def test_a_view_is_shared_with_a_team_and_seen_by_its_members_alone(user, page, team, client):
    view = save_view(
        actor=access.for_user(user),
        list_name="my-changes",
        name="Weekly",
        query="q=a",
        audience=f"team:{team.pk}",
    )
    for name, expected in (("max", False), ("eve", True)):
        other = User.objects.create_user(f"{name}@example.org", roles=["marketer"])
        if expected:
            other.teams.add(team)
        client.force_login(other)
        assert ("Weekly" in views_in(client)) == expected
        assert client.post(f"/account/views/{view.pk}/default/").status_code == (302 if expected else 404)


def test_nobody_shares_with_a_team_of_others(user, page):
    other = Team.objects.create(name="Service")
    fields = {"list": "my-changes", "name": "A", "audience": f"team:{other.pk}", "path": "/"}
    assert page.post("/account/views/", fields).status_code == 422
    assert not SavedView.objects.exists()


def test_a_view_whose_team_is_gone_is_its_users_alone(user, page, team):
    save_view(
        actor=access.for_user(user), list_name="my-changes", name="A", query="", audience=f"team:{team.pk}"
    )
    team.delete()
    assert SavedView.objects.get().audience == ""


def test_a_list_opens_with_the_view_that_was_chosen_and_with_everything_when_asked(user, page):
    view = save_view(
        actor=access.for_user(user), list_name="my-changes", name="A", query="q=abc", audience=""
    )
    answer = page.post(f"/account/views/{view.pk}/default/", {"path": "/styleguide/list/"})
    assert answer["Location"] == f"/styleguide/list/?q=abc&view={view.pk}"
    assert page.get("/styleguide/list/").url == f"/styleguide/list/?q=abc&view={view.pk}"
    text = views_in(page, "/styleguide/list/?view=all")
    assert 'href="/styleguide/list/?view=all" aria-current="true"' in text
    page.post(f"/account/views/{view.pk}/default/", {"off": "1"})
    assert page.get("/styleguide/list/").status_code == 200


def test_another_default_takes_the_place_of_the_first_and_goes_with_its_view(user, page):
    first, second = (
        save_view(
            actor=access.for_user(user), list_name="my-changes", name=name, query=f"q={name}", audience=""
        )
        for name in "ab"
    )
    for view in (first, second):
        page.post(f"/account/views/{view.pk}/default/")
    assert page.get("/styleguide/list/").url.startswith("/styleguide/list/?q=b")
    page.post(f"/account/views/{second.pk}/deletion/")
    assert page.get("/styleguide/list/").status_code == 200


def test_my_views_lead_to_their_lists_and_are_shared_by_moving_them(user, page, team):
    view = save_view(actor=access.for_user(user), list_name="users", name="A", query="q=a", audience="")
    assert f"/settings/users/?q=a&amp;view={view.pk}" in views_in(page, "/account/saved-views/?layout=board")
    page.post("/account/saved-views/?layout=board", {"move": view.pk, "to": f"team:{team.pk}"})
    view.refresh_from_db()
    assert view.team == team
