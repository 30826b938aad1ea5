from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from rapport.content.models import Template
from rapport.content.tests.conftest import START, clock, new_person, template
from rapport.core import jobs
from rapport.core.access import Actor, system
from rapport.core.clock import VirtualClock
from rapport.core.models import Job
from rapport.governance.models import Purpose
from rapport.journeys.models import Enrolment, HeardEvent, Journey
from rapport.journeys.services import hearing, journeys, loop
from rapport.messaging.tests.conftest import channel, decide, purpose, sink

__all__ = ["START", "channel", "clock", "decide", "new_person", "purpose", "sink", "template"]
Steps = Mapping[str, Mapping[str, Any]]


@pytest.fixture
def publish(actor: Actor, clock: VirtualClock, db: None) -> Callable[..., Journey]:
    """`publish(steps, trigger=…, …)`: a live journey that starts at the first step."""

    def make(steps: Steps, trigger: Mapping[str, Any] | None = None, **more: Any) -> Journey:
        definition = {
            "trigger": trigger or {"type": "event", "event": "Signed Up"},
            "start": next(iter(steps)),
            "steps": steps,
            **more,
        }
        row = journeys.create(actor=actor, name="Welcome", definition=definition, clock=clock)
        journeys.publish(actor=actor, journey_id=row.pk, clock=clock)
        row.refresh_from_db()
        return row

    return make


@pytest.fixture
def happen(clock: VirtualClock) -> Callable[..., None]:
    """Something happens to a person, as the stream would note it, and the loop acts on it."""

    def tell(person: Any, event: str, **properties: Any) -> None:
        heard(person, event, clock, **properties)
        loop.run_once(clock)

    return tell


def heard(person: Any, event: str, clock: VirtualClock, **properties: Any) -> None:
    """As the stream notes it."""
    HeardEvent.objects.create(
        shard=person.pk.int % hearing.SHARDS,
        key=uuid.uuid4().hex,
        event=event,
        person=person.pk,
        at=clock.now(),
        properties=json.dumps(properties).encode(),
    )


@pytest.fixture
def later(clock: VirtualClock) -> Callable[..., None]:
    """Time passes, and the loop acts on what came due."""

    def advance(**length: float) -> None:
        clock.advance(dt.timedelta(**length))
        while loop.run_once(clock):
            pass

    return advance


def tidy_up(clock: VirtualClock) -> None:
    """What a job does each minute."""
    jobs.enqueue(actor=system("worker"), kind="journeys.tidy", payload={}, clock=clock)
    assert jobs.run_once(clock, "journeys.tidy")
    assert Job.objects.get(kind="journeys.tidy").state == "done"
    Job.objects.filter(kind="journeys.tidy").delete()


def run_of(person: Any) -> Enrolment:
    return Enrolment.objects.get(person=person)


def path(row: Enrolment) -> list[str]:
    """The steps passed, with their branches."""
    passed = row.passages.order_by("pk").values_list("step", "branch")
    return [step if branch in {"", "next"} else f"{step}:{branch}" for step, branch in passed]


def agreed(person: Any, purpose: Purpose) -> Any:
    decide(person, purpose, "granted")
    return person


def send_step(template: Template, **more: Any) -> dict[str, Any]:
    step = {"type": "send", "channel": "email", "template": str(template.pk), "purpose": "newsletter"}
    return {**step, **more}
