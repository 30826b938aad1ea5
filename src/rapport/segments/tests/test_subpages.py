"""The pages about a segment as a set, its versions, lists, exports and syncs."""

import io
import json
import re

import pytest

from rapport.segments.models import Membership, Segment, Sync
from rapport.segments.services import lists
from rapport.segments.services.segments import create_segment, update_segment
from rapport.segments.tests.conftest import NOW, evaluate_people


@pytest.fixture
def buyers(actor):
    return create_segment(actor=actor, name="Buyers", definition={"trait": "country", "is": "GB"})


@pytest.mark.parametrize("path", ["analysis", "history", "versions", "syncs"])
def test_every_tab_opens(world, page, buyers, path):
    evaluate_people([world.person({"country": "GB"})], NOW)
    answer = page.get(f"/segments/buyers/{path}/")
    assert answer.status_code == 200
    assert "Buyers" in answer.content.decode()


def test_the_analysis_answers_for_other_segments(
    world, page, actor, buyers, django_capture_on_commit_callbacks
):
    create_segment(actor=actor, name="All", definition={"all": []})
    with django_capture_on_commit_callbacks(execute=True):
        evaluate_people([world.person({"country": "GB"})], NOW)
    text = page.get("/segments/buyers/analysis/?with=all&into=all&days=7").content.decode()
    assert "people are in all of them" in text
    assert "Converted" in text


def test_the_comparison_comes_when_the_page_stands(world, page, buyers, django_capture_on_commit_callbacks):
    people = [world.person({"country": "GB" if n < 20 else "FR"}) for n in range(40)]
    with django_capture_on_commit_callbacks(execute=True):
        evaluate_people(people, NOW)
    assert "/segments/buyers/analysis/comparison/" in page.get("/segments/buyers/analysis/").content.decode()
    text = page.get("/segments/buyers/analysis/comparison/").content.decode()
    assert "Distinctive traits" in text
    assert "United Kingdom" in text


def test_versions_show_what_changed_and_bring_it_back(world, page, actor, buyers):
    update_segment(actor=actor, segment=buyers, definition={"trait": "country", "is": "FR"})
    text = page.get("/segments/buyers/versions/").content.decode()
    assert "is-removed" in text
    assert "Country is “GB”" in text
    page.post("/segments/buyers/versions/1/restore/")
    buyers.refresh_from_db()
    assert (buyers.definition, buyers.version) == ({"trait": "country", "is": "GB"}, 3)


def test_definitions_go_out_and_come_in(world, page, buyers):
    document = page.get("/segments/definitions/export/").json()
    Segment.objects.all().delete()
    page.post("/segments/definitions/import/", {"file": io.BytesIO(json.dumps(document).encode())})
    assert Segment.objects.get().definition == {"trait": "country", "is": "GB"}


def test_a_file_that_is_no_export_is_refused(db, page):
    answer = page.post("/segments/definitions/import/", {"file": io.BytesIO(b"[]")})
    assert answer.status_code == 422
    assert "not an export of segments" in answer.content.decode()


def test_a_list_is_made_of_pasted_people(world, page):
    ada = world.person({})
    page.post("/segments/new-list/", {"name": "Guests", "people": f"{ada}\nnobody@example.org"})
    assert Membership.objects.get().person_id == ada
    text = page.get("/segments/guests/").content.decode()
    assert "added by hand" in text
    assert ": Pasted" in page.get(f"/segments/guests/why/{ada}/").content.decode()


def test_people_are_taken_off_a_list_by_hand(world, page, actor):
    ada = world.person({})
    guests = lists.create_list(actor=actor, name="Guests")
    lists.add_people(actor=actor, segment=guests, person_ids=[ada], how="test")
    assert lists.remove_people(actor=actor, segment=guests, person_ids=[ada]) == 1
    assert not Membership.objects.exists()


def test_the_page_leads_to_an_export_of_the_members(world, page, buyers):
    html = page.get("/segments/buyers/syncs/").content.decode()
    url = re.search(r'href="([^"]*kind=segment[^"]*)"', html)[1].replace("&amp;", "&")
    assert page.get(url).status_code == 200


def test_a_sync_to_an_address_inside_is_refused_with_the_reason(world, page, buyers):
    answer = page.post(
        "/segments/buyers/syncs/", {"kind": "webhook", "name": "x", "url": "http://127.0.0.1/"}
    )
    assert answer.status_code == 422
    assert "not on the public internet" in answer.content.decode()


def test_a_sync_is_made_paused_and_deleted(world, page, buyers):
    page.post("/segments/buyers/syncs/", {"kind": "file", "name": "Nightly", "every_hours": "24"})
    sync = Sync.objects.get()
    change = f"/segments/buyers/syncs/{sync.pk}/change/"
    page.post(change, {"action": "pause"})
    assert "Paused" in page.get(f"/segments/buyers/syncs/{sync.pk}/").content.decode()
    page.post(change, {"action": "delete"})
    assert not Sync.objects.exists()
