"""Data quality and repairs over REST."""

from __future__ import annotations

import json

import pytest

from rapport.core import jobs
from rapport.core.clock import SYSTEM
from rapport.core.services import keys
from rapport.people.models import Person


def work():
    while jobs.run_once(SYSTEM, "quality.measurement") + jobs.run_once(SYSTEM, "quality.repair"):
        pass


@pytest.fixture
def call(client, actor):
    def made(role="admin"):
        key = keys.create(actor=actor, name=role, role=role)[1]

        def send(verb, path, body=None):
            answer = client.generic(
                verb,
                f"/api/v1/quality{path}",
                json.dumps(body) if body is not None else "",
                content_type="application/json",
                headers={"Authorization": f"Bearer {key}"},
            )
            return answer.status_code, answer.json()

        return send

    return made


def test_a_measurement_is_asked_for_and_read(call, person):
    wrong = person(email="ada@gmial.com")
    send = call()
    assert send("POST", "/measurements")[0] == 202
    work()
    assert send("GET", "/measurements/newest")[1]["state"] == "done"
    score = send("GET", "")[1]
    assert 0 < score["score"] < 1
    people = send("GET", "/measures/validity.email-domains/people")[1]["data"]
    assert people == [
        {"person_id": str(wrong.pk), "trait": "email", "value": "ada@gmial.com", "proposal": "ada@gmail.com"}
    ]
    assert send("GET", "/measures/validity.email-domains/days")[1][0]["good"] == 0


def test_a_repair_is_previewed_chosen_started_and_undone(call, person):
    first, second = person(city="LONDON"), person(city="LEEDS")
    send = call()
    run = send("POST", "/repairs", {"repair": "cities"})[1]["id"]
    work()
    rows = send("GET", f"/repairs/{run}/items")[1]["data"]
    left = next(row for row in rows if row["person_id"] == str(second.pk))
    assert send("POST", f"/repairs/{run}/choice", {"items": [left["id"]]})[1]["counts"]["excluded"] == 1
    assert send("POST", f"/repairs/{run}/start")[1]["state"] == "applying"
    work()
    cities = {row.pk: row.traits["city"] for row in Person.objects.all()}
    assert cities == {first.pk: "London", second.pk: "LEEDS"}
    send("POST", f"/repairs/{run}/undo")
    work()
    assert Person.objects.get(pk=first.pk).traits["city"] == "LONDON"


def test_what_cannot_be_done_is_said_as_a_problem(call, db):
    send = call()
    assert send("POST", "/repairs", {"repair": "everything"})[0] == 422
    run = send("POST", "/repairs", {"repair": "names"})[1]["id"]
    assert send("POST", f"/repairs/{run}/undo")[0] == 409
    assert send("GET", "/repairs/999")[0] == 404
    assert send("GET", "/measures/nonsense/days")[0] == 404


def test_an_analyst_reads_and_repairs_nothing(call, db):
    send = call("analyst")
    assert send("GET", "")[0] == 200
    assert send("POST", "/repairs", {"repair": "names"})[0] == 403
    assert send("POST", "/measurements")[0] == 403
