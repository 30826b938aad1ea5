"""Journeys over the API and on their pages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.urls import reverse

from rapport.journeys.models import Enrolment, Journey
from rapport.journeys.services import loop
from rapport.journeys.tests.conftest import run_of
from rapport.segments.services import lists

STEPS: dict[str, Any] = {"a": {"type": "wait", "for": {"hours": 1}, "next": "b"}, "b": {"type": "end"}}
DEFINITION: dict[str, Any] = {"trigger": {"type": "api"}, "start": "a", "steps": STEPS}


@pytest.fixture
def owner(api_as):
    return api_as("owner")


def test_a_journey_is_written_mended_and_published(owner):
    wrong = {**DEFINITION, "start": "nowhere"}
    status, created = owner("POST", "/journeys", {"name": "Welcome", "definition": wrong})
    assert (status, created["state"], created["problems"][0]["pointer"]) == (201, "draft", "/start")
    path = f"/journeys/{created['id']}"
    status, refused = owner("POST", f"{path}/publication")
    assert (status, refused["errors"][0]["pointer"]) == (422, "/start")
    assert owner("PATCH", path, {"definition": DEFINITION, "revision": 1})[0] == 200
    assert owner("PATCH", path, {"name": "Other", "revision": 1})[0] == 409
    _status, live = owner("POST", f"{path}/publication")
    assert (live["state"], live["version"], live["live"]) == ("live", 1, DEFINITION)
    wrong_move = {"moves": [{"version": 7, "step": "a", "to": "a"}]}
    assert owner("POST", f"{path}/publication", wrong_move)[0] in {409, 422}
    assert owner("PUT", f"{path}/pause", {"paused": True})[1]["state"] == "paused"
    assert owner("DELETE", path)[0] == 204
    assert owner("GET", "/journeys")[1]["data"] == []


def test_somebody_is_let_in_once_and_taken_out(owner, publish, new_person):
    row, ada = publish(STEPS, {"type": "api"}), new_person("Ada")
    path = f"/journeys/{row.pk}/enrolments"
    body = {"person_id": str(ada.pk), "key": "order 1", "properties": {"total": 5}}
    first, again = owner("POST", path, body), owner("POST", path, body)
    assert (first[0], first[1]["id"]) == (201, again[1]["id"])
    shown = owner("GET", f"/people/{ada.pk}/journeys")[1]
    assert [(entry["journey"], entry["key"]) for entry in shown] == [("Welcome", "order 1")]
    assert owner("DELETE", f"/journeys/enrolments/{first[1]['id']}")[1]["outcome"] == "removed"
    status, refused = owner("POST", path, body)
    assert (status, "twice" in refused["errors"][0]["detail"]) == (422, True)
    assert owner("GET", path)[1]["data"][0]["outcome"] == "removed"


def test_why_somebody_is_not_on_it(owner, publish, new_person):
    ada = new_person("Ada", city="Rome")
    audience = {"trait": "city", "op": "is", "value": "Kiel"}
    row = publish(STEPS, {"type": "api"}, audience=audience)
    answer = owner("GET", f"/people/{ada.pk}/journeys/{row.pk}/why-not")[1]
    assert (answer["may_enter"], answer["reason"]) == (False, "audience")


def test_pages_show_the_flow_and_who_is_where(page, publish, happen, new_person):
    branching = {
        "c": {"type": "if", "if": {"trait": "x", "op": "exists"}, "next": {"yes": "a", "no": "b"}},
        "a": {"type": "wait", "for": {"hours": 1}, "next": "b"},
        "b": {"type": "end", "title": "Good <b>bye</b>"},
    }
    row, ada = publish(branching), new_person("Ada", x=1)
    happen(ada, "Signed Up")
    shown = page.get(reverse("journeys:journey", args=[row.pk])).content.decode()
    assert "Good &lt;b&gt;bye" in shown
    assert shown.count('data-part="b"') == 1
    assert "Ada" in page.get(reverse("journeys:people", args=[row.pk])).content.decode()
    assert "1 hour" in page.get(reverse("journeys:enrolment", args=[run_of(ada).pk])).content.decode()


def test_a_draft_is_not_overwritten_unseen(page, publish):
    row = publish(STEPS)
    path = reverse("journeys:edit", args=[row.pk])
    body = {"name": "New", "definition": json.dumps(DEFINITION), "revision": row.revision, "quiet_days": 7}
    assert page.post(path, body).status_code == 302
    assert page.post(path, {**body, "name": "Newer", "definition": "{}"}).status_code == 422
    assert page.post(path, {**body, "definition": "{"}).status_code == 422
    assert Journey.objects.get().name == "New"


def test_an_unknown_button_does_not_put_a_journey_away(page, publish):
    path = reverse("journeys:state", args=[publish(STEPS).pk])
    assert page.post(path).status_code == 404
    assert Journey.objects.get().archived_at is None
    page.post(path, {"do": "archive"})
    assert Journey.objects.get().archived_at is not None


def test_somebody_is_taken_out_on_their_page(page, publish, happen, new_person):
    publish(STEPS)
    ada = new_person("Ada")
    happen(ada, "Signed Up")
    path = reverse("journeys:enrolment-change", args=[run_of(ada).pk])
    assert page.post(path).status_code == 404
    page.post(path, {"do": "remove"})
    assert Enrolment.objects.get().outcome == "removed"


def test_programs_make_playbooks_answer_steps_and_let_segments_in(owner, actor, purpose, clock):
    assert len(owner("GET", "/journeys/playbooks")[1]) >= 14
    answers = {"purpose": purpose.key, "promotion": ""}
    status, journey = owner("POST", "/journeys/playbooks/welcome", {"answers": answers})
    path = f"/journeys/{journey['id']}"
    assert (status, owner("POST", f"{path}/publication")[0]) == (201, 200)
    lists.create_list(actor=actor, name="Friends", key="friends", clock=clock)
    assert owner("POST", f"{path}/intakes", {"segment": "none"})[0] == 422
    preview = owner("POST", f"{path}/intakes/preview", {"segment": "friends"})[1]
    assert preview == {"members": 0, "looked_at": 0, "enter": 0, "refused": {}}
    status, intake = owner("POST", f"{path}/intakes", {"segment": "friends", "per_hour": 60})
    assert (status, intake["state"]) == (201, "running")
    assert owner("DELETE", f"/journeys/intakes/{intake['id']}")[1]["state"] == "stopped"


APPROVAL = {
    "ask": {"type": "approval", "about": "Really?", "for": {"days": 1}, "next": {"approved": "b"}},
    "b": {"type": "end"},
}


def test_a_task_is_answered_over_the_api_and_an_approval_in_no_other_way(owner, publish, new_person):
    row, ada = publish(APPROVAL, {"type": "api"}), new_person("Ada")
    enrolment = owner("POST", f"/journeys/{row.pk}/enrolments", {"person_id": str(ada.pk)})[1]["id"]
    loop.run_once()
    [task] = owner("GET", "/journeys/tasks")[1]["data"]
    body = {"step": "ask", "branch": "approved", "answer": {"who": "x"}}
    assert owner("POST", f"/journeys/enrolments/{enrolment}/answers", body)[0] == 422
    assert owner("POST", f"/journeys/tasks/{task['id']}/answer", {"answer": "done"})[0] == 409
    assert owner("POST", f"/journeys/tasks/{task['id']}/answer", {"answer": "approved"})[0] == 200
    loop.run_once()
    loop.run_once()
    assert run_of(ada).outcome == "completed"
