"""Calls, visits, meetings and notes logged by hand."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from rapport.core.clock import SYSTEM
from rapport.core.services import keys
from rapport.events.queries import activities as queries
from rapport.events.queries import timeline
from rapport.events.services import activities, personal_data
from rapport.events.services.activities import Details

pytestmark = pytest.mark.django_db


@pytest.fixture
def activity_details():
    return Details(SYSTEM.now() - dt.timedelta(hours=1), "out", "Wants an offer", 12, "Asked about prices.")


def test_a_call_stands_on_the_timeline_when_it_took_place_in_plain_words(
    person, live, actor, activity_details
):
    ada = person(email="ada@example.org")
    activities.log_activity(actor=actor, person_id=ada.pk, kind="call", details=activity_details)
    live.settle()
    logged = next(event for event in timeline(actor, ada.pk) if event.event == "Call Logged")
    assert logged.sentence == "Was called: Wants an offer, 12 min, “Asked about prices.”"
    assert abs(logged.at - activity_details.at) < dt.timedelta(seconds=1)


def test_a_correction_is_a_further_event_and_what_was_said_before_stays(
    person, live, actor, activity_details
):
    ada = person(email="ada@example.org")
    first = activities.log_activity(actor=actor, person_id=ada.pk, kind="call", details=activity_details)
    activities.correct_activity(
        actor=actor, activity_id=first.activity_id, details=Details(activity_details.at, "in", "Declined")
    )
    live.settle()
    names = {event.event for event in timeline(actor, ada.pk)}
    assert {"Call Logged", "Activity Corrected"} <= names
    assert [row.outcome for row in queries.activities(actor, ada.pk)] == ["Declined"]
    assert [row.outcome for row in queries.history(first.activity)] == ["Declined", "Wants an offer"]


def test_removing_can_be_undone(person, actor, activity_details):
    ada = person(email="ada@example.org")
    first = activities.log_activity(actor=actor, person_id=ada.pk, kind="visit", details=activity_details)
    activities.remove_activity(actor=actor, activity_id=first.activity_id)
    assert not queries.activities(actor, ada.pk).exists()
    activities.restore_activity(actor=actor, activity_id=first.activity_id)
    assert queries.activities(actor, ada.pk).get().outcome == "Wants an offer"


@pytest.mark.parametrize(
    ("kind", "change", "field"),
    [
        ("note", {"text": " "}, "text"),
        ("call", {"at": dt.datetime(2999, 1, 1, tzinfo=dt.UTC)}, "at"),
        ("call", {"minutes": -1}, "minutes"),
        ("fax", {}, "kind"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(person, actor, kind, change, field):
    ada = person(email="ada@example.org")
    with pytest.raises(ValidationError) as caught:
        activities.log_activity(
            actor=actor, person_id=ada.pk, kind=kind, details=Details(**{"at": SYSTEM.now()} | change)
        )
    assert list(caught.value.message_dict) == [field]


def test_who_may_only_look_logs_nothing(person, actor_in_role, activity_details):
    ada = person(email="ada@example.org")
    with pytest.raises(PermissionDenied):
        activities.log_activity(
            actor=actor_in_role("viewer"), person_id=ada.pk, kind="call", details=activity_details
        )


def test_erasing_a_person_forgets_what_was_written_of_him(person, actor, activity_details):
    ada = person(email="ada@example.org")
    activities.log_activity(actor=actor, person_id=ada.pk, kind="call", details=activity_details)
    assert personal_data.export([ada.pk])["activities"][0]["text"] == "Asked about prices."
    assert personal_data.erase([ada.pk])["events.ActivityVersion"] == 1


def test_a_note_is_written_on_the_profile(page, person):
    ada = person(email="ada@example.org")
    address = f"/data/people/{ada.pk}/activities/"
    data = {"kind": "note", "text": "Likes <b>tea</b>", "at": "2026-01-02T10:00"}
    assert page.post(f"{address}new/", {**data, "text": ""}).status_code == 422
    assert page.post(f"{address}new/", data).status_code == 302
    assert "Likes &lt;b&gt;tea&lt;/b&gt;" in page.get(address).text


def test_activities_are_logged_corrected_and_removed_over_rest(client, person, actor):
    ada = person(email="ada@example.org")
    _, secret = keys.create(actor=actor, name="K", role="marketer")
    headers, path = {"Authorization": f"Bearer {secret}"}, f"/api/v1/people/{ada.pk}/activities"
    answer = client.post(
        path, {"kind": "call", "minutes": 3}, content_type="application/json", headers=headers
    )
    activity_path = f"{path}/{answer.json()['id']}"
    corrected = client.put(activity_path, {"minutes": 5}, content_type="application/json", headers=headers)
    assert (answer.status_code, corrected.json()["version"]) == (201, 2)
    assert client.delete(activity_path, headers=headers).status_code == 204
    assert client.get(path, headers=headers).json()["data"] == []
