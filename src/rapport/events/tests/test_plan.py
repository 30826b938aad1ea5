"""The tracking plan in the stream: schemas, quarantine, renames, undeclared events."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from rapport.core import clickhouse as ch
from rapport.core.clock import SYSTEM
from rapport.events.catalogue import observe, writing
from rapport.events.models import EventType, QuarantinedEvent, Source, Violation
from rapport.events.services import plan, quarantine
from rapport.people.models import Person

SCHEMA = {
    "type": "object",
    "required": ["total"],
    "properties": {"total": {"type": "number"}, "currency": {"enum": ["GBP", "EUR"]}},
}


def order(message: str = "m1", event: str = "Order Completed", **properties) -> dict:
    return {
        "type": "track",
        "event": event,
        "userId": "u1",
        "messageId": message,
        "properties": properties,
    }


def stored() -> list[str]:
    return [row["event"] for row in ch.rows("SELECT event FROM events ORDER BY message_id")]


@pytest.fixture
def declared(actor, db):
    """`declared("quarantine")`: Order Completed with a schema."""

    def make(mode: str = "observe", schema=SCHEMA) -> EventType:
        event = writing.declare(actor=actor, name="Order Completed")
        return writing.set_schema(actor=actor, event_id=event.pk, schema=schema, mode=mode)

    return make


def counted() -> dict[tuple[str, str], int]:
    return {(row.property, row.reason): row.count for row in Violation.objects.all()}


def test_violations_are_counted_by_property_and_reason(live, declared):
    declared()
    live.ingest([order("m1", currency="USD"), order("m2", total="12"), order("m3", total=12)])
    assert counted() == {
        ("total", "is required"): 1,
        ("currency", "is not one of the values allowed"): 1,
        ("total", "must be a number, but is text"): 1,
    }
    assert len(stored()) == 3


def test_a_repeated_message_counts_as_one_violation(live, declared):
    declared()
    live.ingest([order("m1")])
    live.ingest([order("m1")])
    assert counted() == {("total", "is required"): 1}


def test_counts_of_many_batches_become_one_row_and_the_events_figure(live, declared):
    declared()
    for number in range(3):
        live.ingest([order(f"m{number}")])
    observe.run_once()
    assert counted() == {("total", "is required"): 3}
    assert EventType.objects.get(name="Order Completed").violations == 3


def test_a_violating_event_waits_in_quarantine_with_the_reason(live, declared):
    declared("quarantine")
    live.ingest([order("m1", total="a lot"), order("m2", total=12)])
    waiting = QuarantinedEvent.objects.get()
    assert "violates the schema of Order Completed (version 1): total must be a number" in waiting.reason
    assert "a lot" not in waiting.reason
    assert ch.scalar("SELECT groupArray(message_id) FROM events") == ["m2"]


def test_a_blocked_event_makes_no_person(live, declared):
    declared("quarantine")
    live.ingest([order("m1")])
    assert not Person.objects.exists()


def test_a_blocked_event_is_taken_when_replayed_after_the_schema_changed(live, declared, actor):
    event = declared("quarantine")
    live.ingest([order("m1")])
    writing.set_schema(actor=actor, event_id=event.pk, schema=None, mode="observe")
    quarantine.replay(actor=actor, item=QuarantinedEvent.objects.get())
    live.settle()
    assert stored() == ["Order Completed"]


def test_an_event_still_violating_when_replayed_goes_back_into_quarantine(live, declared, actor):
    declared("quarantine")
    live.ingest([order("m1")])
    quarantine.replay(actor=actor, item=QuarantinedEvent.objects.get())
    live.settle()
    assert QuarantinedEvent.objects.filter(replayed_at=None).count() == 1


def test_a_blocked_event_of_a_known_person_is_found_by_an_erasure(live, declared, person):
    someone = person(user_id="u1")
    declared("quarantine")
    live.ingest([order("m1")])
    assert QuarantinedEvent.objects.get().person_id == someone.pk


def test_traits_of_identify_calls_are_checked_too(live, actor):
    event = writing.declare(actor=actor, name="Identified")
    schema = {"type": "object", "properties": {"age": {"type": "integer"}}}
    writing.set_schema(actor=actor, event_id=event.pk, schema=schema, mode="observe")
    live.ingest([{"type": "identify", "userId": "u1", "traits": {"age": "old"}}])
    assert counted() == {("age", "must be a whole number, but is text"): 1}


def test_an_event_is_kept_under_its_new_name(live, actor):
    live.ingest([order("m1", "order_completed")])
    observe.run_once()
    wrong = EventType.objects.get(name="order_completed")
    writing.rename(actor=actor, event_id=wrong.pk, to="Order Completed")
    live.ingest([order("m2", "order_completed")])
    assert stored() == ["order_completed", "Order Completed"]


def test_a_renamed_event_is_held_to_the_schema_of_its_new_name(live, declared, actor):
    declared()
    wrong = writing.declare(actor=actor, name="order_completed")
    writing.rename(actor=actor, event_id=wrong.pk, to="Order Completed")
    live.ingest([order("m1", "order_completed")])
    assert counted() == {("total", "is required"): 1}


def test_renames_cannot_run_in_a_circle(actor, db):
    first, second = (writing.declare(actor=actor, name=name) for name in ("One", "Two"))
    writing.rename(actor=actor, event_id=first.pk, to="Two")
    with pytest.raises(ValidationError):
        writing.rename(actor=actor, event_id=second.pk, to="One")


def test_renames_of_renames_end_at_the_last_name(live, actor):
    first, second = (writing.declare(actor=actor, name=name) for name in ("One", "Two"))
    writing.rename(actor=actor, event_id=first.pk, to="Two")
    writing.rename(actor=actor, event_id=second.pk, to="Three")
    live.ingest([order("m1", "One")])
    assert stored() == ["Three"]


def test_a_strict_source_may_only_send_declared_events(live, actor):
    source = Source.objects.create(name="till", write_key="wk_till")
    writing.set_strict(actor=actor, sources={source.pk: True})
    live.ingest([order("m1", "Order Completed"), order("m2", "Made Up")], source="till")
    live.ingest([order("m3", "Made Up")], source="website")
    assert stored() == ["Order Completed", "Made Up"]
    assert "Made Up is not declared" in QuarantinedEvent.objects.get().reason


def test_without_a_plan_the_stream_looks_at_no_event(db):
    untouchable = [object()]
    assert plan.check(untouchable) == untouchable


def test_the_plan_is_compiled_once_until_it_changes(declared, actor):
    event = declared()
    first = plan.current()
    assert plan.current() is first
    writing.set_schema(actor=actor, event_id=event.pk, schema={"type": "object"}, mode="observe")
    assert plan.current().rules["Order Completed"].version == 2


@pytest.mark.parametrize(
    "schema", [{"type": "nonsense"}, {"$ref": "https://example.org/s.json"}, {"pattern": "("}, ["no object"]]
)
def test_a_schema_nobody_can_check_by_is_refused(actor, declared, schema):
    event = declared()
    with pytest.raises(ValidationError):
        writing.set_schema(actor=actor, event_id=event.pk, schema=schema, mode="observe")


def test_only_who_may_edit_data_changes_the_plan(actor_in_role, db):
    with pytest.raises(PermissionDenied):
        writing.declare(actor=actor_in_role("marketer"), name="Quiz Won")


def test_old_violations_leave_the_figure_of_thirty_days(declared, live):
    event = declared()
    long_ago = (SYSTEM.now() - dt.timedelta(days=40)).date()
    Violation.objects.create(
        event=event, day=long_ago, source="x", property="p", reason="r", count=5, last_at=SYSTEM.now()
    )
    observe.run_once()
    event.refresh_from_db()
    assert event.violations == 0
