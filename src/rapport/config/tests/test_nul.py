"""A NUL character, which no browser sends and no text in PostgreSQL holds, is refused wherever it comes in."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from rapport.events.models import EventType

pytestmark = pytest.mark.django_db
EVERYBODY: dict[str, object] = {"all": []}


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("/segments/new-list/", {"name": "a\x00b"}),
        ("/segments/new-list/", {"name": "a", "description": "a\x00b"}),
        ("/segments/new-list/", {"name": "a", "people": "a\x00b"}),
        ("/exports/new/", {"kind": "people", "format": "csv", "column": "email", "name": "a\x00b"}),
        ("/exports/new/", {"kind": "people", "format": "csv", "column": "email", "query": "q=a\x00b"}),
        ("/account/views/", {"path": "/people/", "name": "a\x00b", "query": "q=a\x00b"}),
        ("/settings/traits/person/define/", {"key": "a\x00b"}),
        ("/settings/priority/person/change/", {"trait": "a\x00b", "add": "hand"}),
    ],
)
def test_what_comes_past_a_form(page, address, fields):
    page.raise_request_exception = False
    assert page.post(address, fields).status_code < 500


@pytest.mark.parametrize(
    "segment",
    [
        {"name": "a\x00b", "definition": EVERYBODY},
        {"name": "a", "description": "a\x00b", "definition": EVERYBODY},
        {"name": "a", "definition": {"trait": "a", "is": "a\x00b"}},
    ],
)
def test_an_uploaded_document(page, segment):
    page.raise_request_exception = False
    document = {"rapport": "segments", "format": 1, "segments": [{"key": "a", **segment}]}
    file = SimpleUploadedFile("segments.json", json.dumps(document).encode())
    assert page.post("/segments/definitions/import/", {"file": file}).status_code in {400, 422}


def test_a_new_name_of_an_event(page):
    event = EventType.objects.create(name="Signed Up")
    address = f"/data/catalogue/{event.pk}/rename/"
    assert page.post(address, {"to": "a\x00b"}).status_code == 422
    assert page.get(address, {"to": "a\x00b"}).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/people/lookup/?find=%00", "/templates/people/?person=%00", "/data/events/?person=%00", "/people/?q=%00",
        "/segments/?q=%00", "/search/?q=%00",
    ],
)  # fmt: skip
def test_an_address(page, address):
    page.raise_request_exception = False
    assert page.get(address).status_code < 500


def test_the_search_for_whom_to_merge_with(page, person):
    page.raise_request_exception = False
    assert page.get(f"/people/{person(email='a@example.org').pk}/merge/?q=%00").status_code < 500
