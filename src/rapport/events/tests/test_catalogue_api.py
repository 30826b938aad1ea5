"""The event catalogue over REST."""

from __future__ import annotations

import pytest

from rapport.core.services import keys
from rapport.events.catalogue import writing
from rapport.events.models import EventType


@pytest.fixture
def api(client, actor, db):
    """`api("post", "/event-catalogue", {...})` as an administrator's key."""
    _key, secret = keys.create(actor=actor, name="catalogue", role="admin")

    def ask(verb: str, path: str, body=None):
        call = getattr(client, verb)
        headers = {"Authorization": f"Bearer {secret}"}
        if body is None:
            return call(f"/api/v1{path}", headers=headers)
        return call(f"/api/v1{path}", body, content_type="application/json", headers=headers)

    return ask


def test_an_event_is_declared_given_a_schema_and_read_back(api):
    declared = api("post", "/event-catalogue", {"name": "Quiz Won"}).json()
    schema = {"type": "object", "required": ["score"]}
    path = f"/event-catalogue/{declared['id']}"
    answer = api("put", f"{path}/schema", {"schema": schema, "mode": "quarantine"})
    assert answer.status_code == 200, answer.content
    event = api("get", path).json()
    assert (event["schema"], event["mode"], event["schema_version"]) == (schema, "quarantine", 1)


def test_a_bad_schema_is_a_problem_in_words(api):
    declared = api("post", "/event-catalogue", {"name": "Quiz Won"}).json()
    answer = api("put", f"/event-catalogue/{declared['id']}/schema", {"schema": {"type": "x"}})
    assert answer.status_code == 422
    assert "no valid JSON Schema" in answer.json()["detail"]


def test_a_plan_is_loaded_and_given_back(api):
    plan = {"rules": {"events": [{"name": "Quiz Won", "description": "A quiz was won."}]}}
    assert api("post", "/event-catalogue/plan", plan).json() == {"events": 1}
    assert (
        api("get", "/event-catalogue/plan").json()["rules"]["events"][0]["description"] == "A quiz was won."
    )


def test_the_list_goes_on_where_a_page_ended(api, actor):
    for name in ("A", "B", "C"):
        writing.declare(actor=actor, name=name)
    first = api("get", "/event-catalogue?limit=2").json()
    rest = api("get", f"/event-catalogue?limit=2&cursor={first['next_cursor']}").json()
    assert [row["name"] for row in first["data"] + rest["data"]] == ["A", "B", "C"]


def test_properties_are_flagged_over_rest(api, actor):
    event = writing.declare(actor=actor, name="Quiz Won")
    api("put", f"/event-catalogue/{event.pk}/personal", {"name": "mail", "personal": "yes"})
    assert EventType.objects.get().properties.get().personal == "yes"
