"""Saved views: private until shared, and everybody's own to change."""

import pytest

from rapport.core import access
from rapport.core.models import SavedView, User
from rapport.core.services.views import save_view

pytestmark = pytest.mark.django_db


def test_a_saved_view_is_private_until_shared(user, page):
    other = User.objects.create_user("max@example.org", roles=["marketer"])
    save_view(actor=access.for_user(other), list_name="my-changes", name="Theirs", query="q=a", shared=False)
    save_view(actor=access.for_user(other), list_name="my-changes", name="Ours", query="q=b", shared=True)
    text = page.get("/styleguide/list/").content.decode()
    assert "Ours" in text
    assert "Theirs" not in text


def test_a_view_is_saved_deleted_and_brought_back(page):
    fields = {"list": "my-changes", "name": "Mine", "query": "q=a", "path": "/styleguide/list/"}
    saved = page.post("/account/views/", fields)
    assert saved["HX-Redirect"].startswith("/styleguide/list/?q=a&view=")
    page.post(f"/account/views/{SavedView.objects.get().pk}/deletion/", {"path": "//evil.example"})
    assert not SavedView.objects.exists()
    page.post("/account/views/?list=my-changes&name=Mine&query=q%3Da&shared=")
    assert SavedView.objects.get().query == "q=a"


def test_nobody_deletes_the_view_of_somebody_else(user, page):
    other = User.objects.create_user("max@example.org", roles=["marketer"])
    view = save_view(actor=access.for_user(other), list_name="a", name="b", query="", shared=True)
    assert page.post(f"/account/views/{view.pk}/deletion/").status_code == 404


def test_own_views_are_renamed_and_shared_and_those_of_others_are_not(user, page):
    other = User.objects.create_user("max@example.org", roles=["marketer"])
    mine, theirs = (
        save_view(actor=access.for_user(who), list_name="people", name="A", query="q=a", shared=False)
        for who in (user, other)
    )
    page.post("/account/saved-views/", {"edit": "name", "row": mine.pk, "value": "B"})
    assert (
        page.post("/account/saved-views/", {"edit": "name", "row": theirs.pk, "value": "B"}).status_code
        == 404
    )
    page.post("/account/saved-views/", {"action": "share", "row": [mine.pk, theirs.pk]})
    assert set(SavedView.objects.values_list("name", "shared")) == {("B", True), ("A", False)}
