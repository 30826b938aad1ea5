"""Publishing with a mapping: who is moved, what they keep, and that it happens once and is told."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from rapport.core import access, jobs
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM
from rapport.core.models import AuditEntry
from rapport.core.permissions import grants_from
from rapport.journeys import queries
from rapport.journeys.models import Enrolment, JourneyTask, Passage
from rapport.journeys.services import journeys, tasks, transfers
from rapport.journeys.services.definitions import InvalidDefinition
from rapport.journeys.services.transfers import Transfer
from rapport.segments.services import lists

WAIT = {"type": "wait", "for": {"days": 1}}
OLD = {"a": {**WAIT, "next": "b"}, "b": WAIT}
NEW = {"a": {**WAIT, "title": "Longer", "for": {"days": 5}, "next": "c"}, "c": {"type": "end"}}


@pytest.fixture
def changed(publish, happen, new_person, actor, clock) -> Any:
    """A journey with Ada at “a” and Ben at “b” of version 1, and a draft without “b”."""
    row = publish(OLD)
    ada, ben = new_person("Ada"), new_person("Ben")
    happen(ben, "Signed Up")
    clock.advance(dt.timedelta(days=1))
    happen(ada, "Signed Up")
    definition = {**row.draft, "steps": NEW, "start": "a"}
    journeys.edit(actor=actor, journey_id=row.pk, definition=definition, clock=clock)
    return row


def standing() -> dict[str, tuple[int, str]]:
    rows = Enrolment.objects.select_related("person", "version")
    return {row.person.name: (row.version.number, row.step) for row in rows}


def test_the_review_says_what_changes_and_who_is_where(page, changed):
    html = page.get(reverse("journeys:publication", args=[changed.pk])).content.decode()
    assert "Gone: Wait for a while" in html
    assert "to-1-a" in html
    assert "to-1-b" in html
    assert "days: 5" in html


def test_whoever_is_mapped_is_moved_once_and_the_others_finish(page, changed, later):
    before = Enrolment.objects.get(person__name="Ada").due_at
    page.post(reverse("journeys:publication", args=[changed.pk]), {"to-1-a": "a"})
    assert standing() == {"Ada": (1, "a"), "Ben": (1, "b")}
    assert jobs.run_once(SYSTEM, transfers.KIND)
    assert standing() == {"Ada": (2, "a"), "Ben": (1, "b")}
    assert Enrolment.objects.get(person__name="Ada").due_at == before
    assert Passage.objects.filter(branch="moved").count() == 1
    assert AuditEntry.objects.get(action="journey.people_moved").data["people"] == 1
    assert queries.standing_by_step(changed) == {"a": 1, "b": 1}
    later(days=1)
    assert set(Enrolment.objects.values_list("outcome", flat=True)) == {"completed"}


def test_whoever_goes_on_at_another_step_is_there_at_once(changed, user, actor, clock, later):
    journeys.publish(actor=actor, journey_id=changed.pk, clock=clock)
    moves = [Transfer(changed.versions.get(number=1).pk, "b", "c")]
    transfers.order(actor=access.for_user(user), journey_id=changed.pk, moves=moves, clock=clock)
    jobs.run_once(clock, transfers.KIND)
    later(minutes=1)
    assert Enrolment.objects.get(person__name="Ben").outcome == "completed"
    assert queries.standing_by_step(changed) == {"a": 1}


def test_nobody_is_moved_to_a_step_that_there_is_not(changed, actor, clock):
    version = journeys.publish(actor=actor, journey_id=changed.pk, clock=clock)
    old = changed.versions.get(number=1)
    with pytest.raises(ValidationError):
        transfers.order(actor=actor, journey_id=changed.pk, moves=[Transfer(old.pk, "a", "b")], clock=clock)
    with pytest.raises(ValidationError):
        transfers.order(
            actor=actor, journey_id=changed.pk, moves=[Transfer(version.pk, "a", "c")], clock=clock
        )


def test_an_earlier_version_becomes_the_draft_again(page, changed):
    page.post(reverse("journeys:state", args=[changed.pk]), {"do": "restore", "version": "1"})
    changed.refresh_from_db()
    assert changed.draft["steps"] == OLD
    page.post(reverse("journeys:state", args=[changed.pk]), {"do": "duplicate"})
    assert type(changed).objects.get(name="Copy of Welcome").draft == changed.draft


def ask(about: str) -> dict[str, Any]:
    return {"type": "approval", "about": about, "for": {"days": 1}, "next": {"approved": "end"}}


def paid(event: str) -> dict[str, Any]:
    return {"type": "wait_event", "event": event, "for": {"days": 1}, "next": {"happened": "end"}}


@pytest.fixture
def replace(publish, happen, new_person, actor, user, clock, later) -> Any:
    """`replace(before, there, after)`: Ada stands at the step “a” and is moved to one of the next version."""

    def change(before: Any, there: str, after: Any) -> Enrolment:
        row = publish({"a": before, "end": {"type": "end"}})
        happen(new_person("Ada"), "Signed Up")
        steps = {there: after, "end": {"type": "end"}}
        draft = {**row.draft, "start": there, "steps": steps}
        journeys.edit(actor=actor, journey_id=row.pk, definition=draft, clock=clock)
        moves = [Transfer(row.live_id, "a", there)]
        transfers.publish(actor=access.for_user(user), journey_id=row.pk, moves=moves, clock=clock)
        jobs.run_once(clock, transfers.KIND)
        later(minutes=1)
        return Enrolment.objects.get()

    return change


def test_what_was_asked_before_the_move_answers_nothing_and_what_is_asked_now_is(replace, actor, later):
    row = replace(ask("Old?"), "b", ask("New?"))
    old, new = JourneyTask.objects.order_by("pk")
    assert (old.title, new.title, new.moves) == ("Old?", "New?", row.moves)
    with pytest.raises(ValidationError, match="gone on"):
        tasks.end(actor=actor, task_id=old.pk, answer="approved", clock=SYSTEM)
    later(minutes=1)
    assert (Enrolment.objects.get().step, Enrolment.objects.get().ended_at) == ("b", None)


def test_whoever_waits_for_another_event_now_hears_it(replace, happen):
    row = replace(paid("Paid"), "a", paid("Order Completed"))
    happen(row.person, "Order Completed")
    assert Enrolment.objects.get().outcome == "completed"


def test_publishing_lends_nobody_what_they_may_not_do(publish, actor, clock):
    lists.create_list(actor=actor, name="Cold", key="cold", clock=clock)
    limited = Actor(
        "user", "2", "x", grants_from({f"journeys.{what}": "all" for what in ("view", "publish")})
    )
    row = publish({"a": {"type": "list", "list": "cold", "next": "b"}, "b": WAIT})
    change = partial(journeys.edit, actor=actor, journey_id=row.pk, clock=clock)
    steps = row.draft["steps"]
    change(definition={**row.draft, "steps": {**steps, "b": {**WAIT, "for": {"days": 2}}}})
    journeys.publish(actor=limited, journey_id=row.pk, clock=clock)
    change(definition={**row.draft, "steps": {**steps, "a": {**steps["a"], "do": "remove"}}})
    with pytest.raises(InvalidDefinition) as refused:
        journeys.publish(actor=limited, journey_id=row.pk, clock=clock)
    [problem] = refused.value.problems
    assert (problem.pointer, "Edit segments" in problem.message) == ("/steps/a/type", True)
    journeys.publish(actor=actor, journey_id=row.pk, clock=clock)
