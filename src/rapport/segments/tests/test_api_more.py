"""What the REST API offers beyond the segments themselves."""

import pytest

from rapport.segments.services.segments import create_segment
from rapport.segments.tests.conftest import NOW, evaluate_people

BASE = "/api/v1/segments"


@pytest.fixture
def api(client, actor):
    from rapport.core.services import keys

    _key, token = keys.create(actor=actor, name="test", role="marketer")
    headers = {"authorization": f"Bearer {token}"}

    def call(verb, path, body=None):
        answer = getattr(client, verb)(BASE + path, body, content_type="application/json", headers=headers)
        return answer.status_code, answer.json() if answer.content else None

    return call


@pytest.fixture
def segments(db, actor):
    return [
        create_segment(actor=actor, name=name, definition={"trait": "country", "is": "GB"})
        for name in ("One", "Two")
    ]


def test_analysis_answers(world, api, segments):
    evaluate_people([world.person({"country": "GB"})], NOW)
    assert api("get", "/overlap?segment=one&segment=two")[0] == 200
    assert api("get", "/one/comparison")[1]["traits"] == []
    assert api("get", "/one/conversion?into=two")[1]["share"] is None
    # From the day before it was made: earlier ones would show a size that nobody computed.
    assert [day["entered"] for day in api("get", "/one/growth?days=7")[1]] == [0, 0]
    assert api("get", "/one/moves")[1] == []


def test_why_is_answered_clause_by_clause(world, api, segments):
    ada = world.person({"country": "FR"})
    status, reason = api("get", f"/one/why/{ada}")
    assert (status, reason["holds"], reason["evidence"]) == (200, False, "is “FR”")


def test_versions_copies_and_restorations(world, api, segments):
    api("patch", "/one", {"definition": {"all": []}})
    assert [version["version"] for version in api("get", "/one/versions")[1]] == [2, 1]
    assert api("post", "/one/restorations", {"version": 1})[1]["version"] == 3
    assert api("post", "/one/restorations", {"version": 9})[0] == 404
    assert api("post", "/one/copies", {})[1]["name"] == "Copy of One"


def test_a_list_takes_people_and_rules_do_not(world, api, segments):
    ada = str(world.person({}))
    assert api("post", "/lists", {"name": "Guests"})[0] == 201
    body = {"person_ids": [ada], "values": ["nobody@example.org"]}
    assert api("post", "/guests/people", body) == (200, {"people": 1, "unknown": ["nobody@example.org"]})
    assert api("post", "/guests/people/removals", {"person_ids": [ada]})[1]["people"] == 1
    assert api("post", "/one/people", body)[0] == 409


def test_syncs(world, api, segments):
    status, sync = api("post", "/one/syncs", {"kind": "file", "name": "Nightly"})
    assert status == 201
    assert api("post", f"/syncs/{sync['id']}/pause")[1]["paused_at"] is not None
    assert api("get", f"/syncs/{sync['id']}/messages")[1]["data"] == []
    assert api("post", "/one/syncs", {"kind": "webhook", "name": "x", "url": "http://10.0.0.1/"})[0] == 422
    assert api("delete", f"/syncs/{sync['id']}")[0] == 204
