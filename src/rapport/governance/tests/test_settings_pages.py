"""Purposes, suppression and privacy requests in the settings area."""

from __future__ import annotations

import pytest

from rapport.core.models import User
from rapport.core.permissions import ROLES, grants_of_role
from rapport.governance import queries
from rapport.governance.models import Purpose
from rapport.governance.services import erasure

pytestmark = pytest.mark.django_db
PAGES = ("/settings/purposes/", "/settings/suppression/", "/settings/privacy-requests/")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("path", PAGES)
def test_a_role_sees_exactly_its_pages(client, path, role):
    client.force_login(User.objects.create_user("r@example.org", "correct horse battery", roles=[role]))
    assert client.get(path).status_code == (200 if "settings.view" in grants_of_role(role) else 404)


def test_a_purpose_is_added_changed_archived_and_restored(page):
    page.post("/settings/purposes/", {"name": "Events", "key": "events", "basis": "consent"})
    page.post("/settings/purposes/events/", {"name": "Event news", "basis": "consent"})
    page.post("/settings/purposes/events/archival/")
    row = Purpose.objects.get(key="events")
    assert (row.name, row.archived_at is not None) == ("Event news", True)
    page.post("/settings/purposes/events/restoration/")
    assert Purpose.objects.get(key="events").archived_at is None


def test_a_key_is_used_once(page):
    answer = page.post("/settings/purposes/", {"name": "News", "key": "newsletter", "basis": "consent"})
    assert answer.status_code == 422


def test_an_address_is_suppressed_checked_and_allowed_again(page, actor):
    given = {"channel": "email", "address": "ada@example.org"}
    page.post("/settings/suppression/", {**given, "reason": "manual"})
    assert b"Nothing is sent to" in page.get("/settings/suppression/", given).content
    entry = queries.suppression(actor, "email", "ada@example.org").pk
    page.post("/settings/suppression/removal/", {"suppression": entry, "reason": ""})
    assert queries.suppressed("email", ["ada@example.org"])
    page.post("/settings/suppression/removal/", {"suppression": entry, "reason": "Asked to be written to"})
    assert not queries.suppressed("email", ["ada@example.org"])


def test_what_is_no_address_is_told_next_to_its_field(page):
    answer = page.post(
        "/settings/suppression/", {"channel": "email", "address": "nobody", "reason": "manual"}
    )
    assert answer.status_code == 422


def test_a_receipt_lists_every_store(page, actor, person):
    ada = person(email="ada@example.com")
    erasure.erase(actor=actor, person_id=ada.pk)
    listed = page.get("/settings/privacy-requests/")
    assert str(ada.pk).encode() in listed.content
    shown = page.get(f"/settings/privacy-requests/{queries.subject_requests(actor).get().pk}/")
    assert b"people.Identifier" in shown.content
