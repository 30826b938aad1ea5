"""The event catalogue: what is seen, what is doubted, what is masked, its pages and its files."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from rapport.core.clock import SYSTEM
from rapport.events import queries
from rapport.events.catalogue import exchange, observe, reading, schemas, similar, values, writing
from rapport.events.models import EventProperty, EventType
from rapport.people.queries import find


def track(message: str, event: str = "Quiz Won", **properties) -> dict:
    return {"type": "track", "event": event, "userId": "u1", "messageId": message, "properties": properties}


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """What was received a moment ago counts as settled."""
    monkeypatch.setattr(observe, "LAG", dt.timedelta(0))


@pytest.fixture
def seen(live):
    def ingest(*calls: dict) -> None:
        live.ingest(list(calls))
        observe.run_once()

    return ingest


def named(name: str) -> EventType:
    return EventType.objects.get(name=name)


def test_a_name_and_its_properties_are_listed_with_their_types(seen):
    seen(track("m1", score=7, tags=["a"]), track("m2", score="seven", at={"city": "Leeds"}))
    event = named("Quiz Won")
    assert (event.total, event.state, event.sources) == (2, "seen", ["test"])
    types = {row.name: row.types for row in event.properties.all()}
    assert types["score"] == {"number": 1, "string": 1}
    assert types["tags"] == {"array": 1}
    assert types["at.city"] == {"string": 1}


def test_looking_again_counts_nothing_twice(seen):
    seen(track("m1", score=7))
    seen(track("m2", score=8))
    observe.run_once()
    assert named("Quiz Won").properties.get(name="score").seen == 2


def test_events_of_the_specification_come_with_their_description(seen):
    seen(track("m1", "Order Completed", total=5))
    event = named("Order Completed")
    assert (event.state, event.category) == ("declared", "E-commerce")
    assert event.properties.get(name="currency").description


def test_personal_data_is_suspected_by_name_and_by_value(seen):
    seen(track("m1", contact="ann@example.org", phoneNumber=123, client="10.0.0.1", score=1))
    suggested = dict(named("Quiz Won").properties.values_list("name", "suggested"))
    assert suggested == {"contact": "email", "phoneNumber": "phone", "client": "ip", "score": ""}


@pytest.mark.parametrize("name", ["order_completed", "OrderCompleted", "order completed", "Order  Complted"])
def test_misspelt_names_are_told_whom_they_mean(seen, name):
    seen(track("m1", name))
    assert EventType.objects.get().similar_to == "Order Completed"


@pytest.mark.parametrize(
    ("first_name", "second_name"), [("Signed In", "Signed Up"), ("Step 1 Done", "Step 2 Done")]
)
def test_names_that_only_look_alike_are_left_alone(first_name, second_name):
    assert (
        similar.meant([similar.KnownName(first_name, True, 1), similar.KnownName(second_name, False, 1)])
        == {}
    )


def test_the_contrary_is_no_misspelling():
    names = [
        similar.KnownName("Newsletter Subscribed", True, 1),
        similar.KnownName("Newsletter Unsubscribed", False, 9),
    ]
    assert similar.meant(names) == {}


def test_a_name_of_its_own_is_not_doubted_again(seen, actor):
    seen(track("m1", "order_completed"))
    writing.keep_apart(actor=actor, event_id=named("order_completed").pk)
    seen(track("m2", "order_completed"))
    assert named("order_completed").similar_to == ""


def flagged(actor) -> None:
    writing.decide_property(actor=actor, event_id=named("Quiz Won").pk, name="friend.mail", personal="yes")


def test_flagged_properties_are_masked_for_who_may_not_see_them(seen, actor, actor_in_role):
    seen(track("m1", friend={"mail": "bob@example.org", "age": 5}))
    flagged(actor)
    person = find(actor, "user_id:u1").pk
    shown = queries.timeline(actor_in_role("viewer"), person)[0].properties
    assert shown == {"friend": {"mail": "••••", "age": 5}}
    assert queries.timeline(actor, person)[0].properties["friend"]["mail"] == "bob@example.org"


def test_examples_are_masked_as_well(seen, actor, actor_in_role):
    seen(track("m1", friend={"mail": "bob@example.org"}))
    flagged(actor)
    event = named("Quiz Won")
    rows = reading.properties(event, reading.samples(actor_in_role("analyst"), event))
    assert {row.row.name: row.examples for row in rows}["friend.mail"] == ["••••"]


def test_the_list_shows_volume_state_and_doubt(page, seen):
    seen(track("m1", "order_completed"), track("m2"))
    html = page.get("/data/catalogue/").content.decode()
    assert "Did you mean Order Completed?" in html
    assert "Quiz Won" in html


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("problem", "misspelt", {"order_completed"}),
        ("state", "seen", {"order_completed", "Quiz Won"}),
        ("unused", "30", {"Planned"}),
        ("personal", "suggested", {"Quiz Won"}),
    ],
)
def test_the_list_is_filtered(page, seen, actor, name, value, expected):
    seen(track("m1", "order_completed"), track("m2", email="ann@example.org"))
    writing.declare(actor=actor, name="Planned")
    condition = json.dumps({"all": [{"field": name, "op": "is", "value": [value]}]})
    html = page.get("/data/catalogue/", {"filter": condition}).content.decode()
    shown = {event.name for event in EventType.objects.all() if f'/data/catalogue/{event.pk}/"' in html}
    assert shown == expected


def test_the_event_page_shows_everything(page, seen, actor):
    seen(track("m1", score=7))
    html = page.get(f"/data/catalogue/{named('Quiz Won').pk}/").content.decode()
    assert "score" in html
    assert "Nothing uses this event" in html


def test_a_schema_is_declared_in_the_form(page, seen):
    seen(track("m1", score=7))
    event = named("Quiz Won")
    assert (
        "This is proposed from the events received"
        in page.get(f"/data/catalogue/{event.pk}/schema/").content.decode()
    )
    fields = {"name": ["score", ""], "type": ["number", ""], "required": ["yes", "no"], "mode": "quarantine"}
    assert page.post(f"/data/catalogue/{event.pk}/schema/", fields).status_code == 302
    event.refresh_from_db()
    assert event.schema["required"] == ["score"]
    assert (event.mode, event.schema_version, event.state) == ("quarantine", 1, "declared")


def test_a_wrong_raw_schema_is_told_beside_the_field(page, seen):
    seen(track("m1"))
    answer = page.post(
        f"/data/catalogue/{named('Quiz Won').pk}/schema/raw/", {"raw": '{"type": "x"}', "mode": "observe"}
    )
    assert answer.status_code == 422
    assert "no valid JSON Schema" in answer.content.decode()


def test_a_rename_is_made_and_undone_on_the_page(page, seen):
    seen(track("m1", "order_completed"))
    event = named("order_completed")
    assert "From the next event on" in page.get(f"/data/catalogue/{event.pk}/rename/").content.decode()
    page.post(f"/data/catalogue/{event.pk}/rename/", {"to": "Order Completed"})
    assert named("order_completed").renamed_to == "Order Completed"
    page.post(f"/data/catalogue/{event.pk}/rename/end/")
    assert named("order_completed").renamed_to == ""


def test_the_form_gives_back_the_schema_it_was_given():
    rows = [
        schemas.PropertyRow("total", "number", True),
        schemas.PropertyRow("size", "string", False, ("S", "M"), "", "Size"),
    ]
    schema = schemas.of_rows(rows, only_these=True)
    assert schemas.fits_form(schema)
    assert schemas.rows_of(schema) == rows


@pytest.fixture
def planned(actor, db):
    event = writing.declare(actor=actor, name="Quiz Won", description="A quiz was won.", category="Games")
    schema = schemas.of_rows([schemas.PropertyRow("score", "number", True, ("1", "2"))], only_these=False)
    writing.set_schema(actor=actor, event_id=event.pk, schema=schema, mode="quarantine")
    writing.decide_property(actor=actor, event_id=event.pk, name="mail", personal="yes")
    return event


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_plan_comes_back_as_it_went(actor, planned, form):
    text = json.dumps(exchange.plan_of(actor)) if form == "json" else exchange.csv_of(actor)
    schema = EventType.objects.get().schema
    EventType.objects.all().delete()
    exchange.load(actor=actor, entries=exchange.read(text.encode()))
    event = named("Quiz Won")
    assert (event.description, event.category, event.mode) == ("A quiz was won.", "Games", "quarantine")
    assert event.schema == schema
    assert EventProperty.objects.get(name="mail").personal == "yes"


def test_an_import_says_first_what_it_would_change(page, planned):
    plan = {"rules": {"events": [{"name": "New One"}, {"name": "Quiz Won", "description": "Other"}]}}
    file = SimpleUploadedFile("plan.json", json.dumps(plan).encode())
    answer = page.post("/data/catalogue/file/", {"file": file})
    assert [(difference.name, difference.what) for difference in answer.context["differences"]] == [
        ("New One", "new"),
        ("Quiz Won", "changed"),
    ]
    assert not EventType.objects.filter(name="New One").exists()
    page.post("/data/catalogue/file/", {"content": json.dumps(plan), "agreed": "yes"})
    assert EventType.objects.filter(name="New One").exists()


def test_a_file_that_is_no_plan_is_refused_in_words(page, db):
    file = SimpleUploadedFile("plan.json", b'{"rules": 1}')
    answer = page.post("/data/catalogue/file/", {"file": file})
    assert answer.status_code == 422


def test_paths_of_lists_are_one_path():
    fields = {"products": [{"sku": "a"}, {"sku": "b"}]}
    assert [path for path, _ in values.paths(fields)] == ["products", "products[].sku", "products[].sku"]


def test_the_clock_is_what_decides_on_thirty_days(actor, seen):
    seen(track("m1"))
    assert named("Quiz Won").last_seen_at <= SYSTEM.now()


@pytest.mark.parametrize(
    "schema",
    [
        {"$id": "http://127.0.0.1:1/a", "$ref": "b"},
        {"$schema": "http://127.0.0.1:1/m"},
        {"$ref": "file:/etc/hostname"},
    ],
)
def test_a_schema_makes_nobody_fetch_anything(schema):
    with pytest.raises(ValidationError, match=r"Retrieval is disabled|may only refer|registered"):
        schemas.checked(schema)


def test_on_the_board_a_card_is_declared_and_deprecated_by_moving_it(page, seen):
    seen(track("m1", score=7))
    event = named("Quiz Won")
    assert f'data-card="{event.pk}"' in page.get("/data/catalogue/?layout=board").content.decode()
    for state in ("declared", "deprecated"):
        assert page.post("/data/catalogue/?layout=board", {"move": event.pk, "to": state}).status_code == 200
        assert named("Quiz Won").state == state
