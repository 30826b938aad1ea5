"""Answers to steps: who may give them, that they are taken in once, and that none holds up anybody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rapport.core import access, jobs
from rapport.core.models import Job, User
from rapport.journeys.models import JourneyTask, StepAnswer
from rapport.journeys.registry import STEP_KINDS, Act, StepKind
from rapport.journeys.services import answering, loop, tasks
from rapport.journeys.services.steps.asking import doing
from rapport.journeys.services.steps.waiting import FOR
from rapport.journeys.tests.conftest import path, run_of, tidy_up

ANSWERED = doing(Act("program", lambda errand: {}))
STEPS: dict[str, Any] = {
    "ask": {"type": "program", "for": {"days": 1}, "next": {"yes": "end", "no": "end", "timeout": "end"}},
    "end": {"type": "end"},
}


def _run(step: str, config: Any, arrivals: Any, world: Any, effects: Any) -> Any:
    """Has a fault: it fails on an answer that is no mapping."""
    for arrival in arrivals:
        if arrival.event is not None:
            arrival.event["reply"]["answer"]["by"]
    return ANSWERED(step, config, arrivals, world, effects)


@pytest.fixture
def ada(publish, happen, new_person):
    """A journey with a step that a program answers, and Ada at it."""
    schema = {"required": ["for"], "properties": {"for": FOR}}
    ways = ("yes", "no", "timeout")
    kind = StepKind(
        "program", "Ask a program", "webhook", schema, _run, lambda config: "ask a program",
        branches=lambda config: ways, waits=True, is_answerable=True,
    )  # fmt: skip
    with STEP_KINDS.temporarily(kind):
        publish(STEPS)
        ada = new_person("Ada")
        happen(ada, "Signed Up")
        yield ada


def give(actor: Any, person: Any, branch: str, answer: Any, clock: Any) -> None:
    row = run_of(person)
    answering.answer(
        actor=actor, enrolment_id=row.pk, step=row.step, branch=branch, answer=answer, clock=clock
    )


def test_a_program_answers_a_step_once(ada, actor, clock, later):
    with pytest.raises(ValidationError, match="branch"):
        give(actor, ada, "perhaps", None, clock)
    give(actor, ada, "yes", {"by": 3}, clock)
    give(actor, ada, "no", {"by": 4}, clock)
    later(minutes=1)
    assert (path(run_of(ada)), run_of(ada).data["ask"]) == (["ask:yes", "end"], {"by": 3})


def test_an_answer_that_cannot_be_taken_holds_up_nobody(
    ada, publish, happen, later, new_person, actor, clock
):
    wait = {"type": "wait", "for": {"hours": 1}}
    publish({"a": {**wait, "next": "b"}, "b": {"type": "end"}}, {"type": "event", "event": "Waits"})
    ben = new_person("Ben")
    happen(ben, "Waits")
    give(actor, ada, "yes", "no mapping", clock)
    later(hours=2)
    assert (path(run_of(ben)), path(run_of(ada))) == (["a", "b"], [])
    assert not StepAnswer.objects.exists()
    later(days=1)
    assert path(run_of(ada)) == ["ask:timeout", "end"]


def test_nobody_answers_a_step_that_asks_nobody(publish, happen, new_person, actor, clock):
    publish({"a": {"type": "wait", "for": {"hours": 1}}})
    ada = new_person("Ada")
    happen(ada, "Signed Up")
    with pytest.raises(ValidationError, match="wait for an answer"):
        give(actor, ada, "next", None, clock)


def test_an_approval_is_given_by_whom_it_was_asked_of_alone(publish, happen, new_person, user, actor, clock):
    step = {"type": "approval", "about": "Really?", "to": [user.email], "for": {"days": 1}}
    publish({"ask": {**step, "next": {"approved": "end"}}, "end": {"type": "end"}})
    ada = new_person("Ada")
    happen(ada, "Signed Up")
    task = JourneyTask.objects.get(assignee=user)
    with pytest.raises(ValidationError, match="wait for an answer"):
        give(actor, ada, "approved", None, clock)
    with pytest.raises(ValidationError, match="somebody else"):
        tasks.end(actor=actor, task_id=task.pk, answer="approved", clock=clock)
    tasks.end(actor=access.for_user(user), task_id=task.pk, answer="approved", clock=clock)
    loop.run_once(clock)
    assert path(run_of(ada))[0] == "ask:approved"


def test_many_answers_are_taken_in_as_one(ada, happen, new_person, actor, clock):
    give(actor, ada, "yes", {"by": 0}, clock)
    with CaptureQueriesContext(connection) as alone:
        answering.run_once(clock)
    people = [new_person(name) for name in ("Ben", "Eve", "Joe", "Kim")]
    for at, person in enumerate(people):
        happen(person, "Signed Up")
        give(actor, person, "yes", {"by": at}, clock)
    with CaptureQueriesContext(connection) as together:
        answering.run_once(clock)
    assert len(together) == len(alone)
    assert [run_of(person).data["ask"] for person in (people[0], people[3])] == [{"by": 0}, {"by": 3}]


APPROVE = {
    "ask": {
        "type": "approval",
        "about": "A big present?",
        "for": {"days": 1},
        "next": {"approved": "yes", "denied": "no", "timeout": "late"},
    },
    "yes": {"type": "end"},
    "no": {"type": "end"},
    "late": {"type": "end"},
}


@pytest.mark.parametrize(("answer", "expected"), [("approved", "yes"), ("denied", "no"), ("", "late")])
def test_a_person_approves_denies_or_does_not_answer(
    publish, happen, later, new_person, actor, clock, answer, expected
):
    publish(APPROVE)
    ada = new_person("Ada")
    happen(ada, "Signed Up")
    task = JourneyTask.objects.get()
    assert (task.kind, task.state, task.person) == ("approval", "open", ada)
    if answer:
        tasks.end(actor=actor, task_id=task.pk, answer=answer, clock=clock)
        with pytest.raises(ValidationError, match="already"):
            tasks.end(actor=actor, task_id=task.pk, answer=answer, clock=clock)
    later(hours=1 if answer else 25)
    assert path(run_of(ada)) == [f"ask:{answer or 'timeout'}", expected]
    assert run_of(ada).outcome == "completed"


@pytest.mark.parametrize("ending", ["timeout", "exit"])
def test_nobody_approves_what_has_gone_on_without_them(
    publish, happen, later, new_person, actor, clock, ending
):
    publish(APPROVE, exits=[{"event": "Cancelled"}])
    ada = new_person("Ada")
    happen(ada, "Signed Up")
    task = JourneyTask.objects.get()
    if ending == "exit":
        happen(ada, "Cancelled")
    later(hours=25)
    with pytest.raises(ValidationError, match="gone on without"):
        tasks.end(actor=actor, task_id=task.pk, answer="approved", clock=clock)
    tidy_up(clock)
    task.refresh_from_db()
    assert (task.state, task.ended_by) == ("over", "")


def test_who_cannot_be_written_to_keeps_no_mail_from_others(
    publish, happen, new_person, user, clock, sink, settings
):
    gone, other = (User.objects.create(email=f"{name}@example.com") for name in ("gone", "other"))
    settings.SMTP_URL = f"smtp://127.0.0.1:{sink.controller.port}"
    sink.on_rcpt = lambda address: "550 nobody" if address == user.email else ""
    publish({"do": {"type": "task", "about": "Call", "to": [user.email, gone.email, other.email]}})
    happen(new_person("Ada"), "Signed Up")
    happen(new_person("Ben"), "Signed Up")
    gone.delete()
    assert Job.objects.filter(kind=tasks.MAIL.name).count() == 1
    jobs.run_once(clock, tasks.MAIL.name)
    assert Job.objects.get(kind=tasks.MAIL.name).state == "done"
    assert [address for address, _mail in sink.taken] == [other.email]
    assert set(JourneyTask.objects.filter(mailed_at=None).values_list("assignee", flat=True)) == {None}
