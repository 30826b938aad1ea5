"""What a journey ordered for somebody and is still waiting is not sent once they have left it."""

from __future__ import annotations

import datetime as dt

import pytest

from rapport.journeys.services import journeys
from rapport.journeys.services.happenings import Happening
from rapport.journeys.services.replaying.reading import Span
from rapport.journeys.services.replaying.rehearsing import rehearse
from rapport.journeys.tests.conftest import START, agreed, run_of, send_step
from rapport.messaging.models import Delivery, SendingPolicy
from rapport.messaging.tests import driving

WAIT = {"type": "wait", "for": {"hours": 9}}


@pytest.fixture
def quiet(publish, template, new_person, purpose, channel):
    """A journey that reminds during quiet hours, and who is on the way to it."""
    SendingPolicy.objects.create(quiet_from=dt.time(9), quiet_until=dt.time(16))
    goal = {"goal": {"event": "Bought"}}
    row = publish({"mail": send_step(template, next="w"), "w": WAIT}, **goal)
    return row, agreed(new_person("Ada"), purpose)


@pytest.mark.parametrize(
    ("how", "expected"),
    [("goal", ("skipped", "left")), ("removed", ("skipped", "left")), ("", ("sent", ""))],
)
def test_a_reminder_that_waits_is_not_sent_to_who_has_left(
    quiet, happen, later, actor, channel, clock, clickhouse, how, expected
):
    row, ada = quiet
    happen(ada, "Signed Up")
    driving.run_once(clock, channel=channel)
    assert Delivery.objects.get().state == "queued"
    later(hours=1)
    if how == "goal":
        happen(ada, "Bought")
    elif how == "removed":
        journeys.remove(actor=actor, enrolment_id=run_of(ada).pk, clock=clock)
    later(hours=5)
    driving.run_once(clock, channel=channel)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.reason) == expected
    events = [Happening("Signed Up", ada.pk, START, {})]
    if how == "goal":
        events.append(Happening("Bought", ada.pk, START + dt.timedelta(hours=1), {}))
    if how != "removed":
        span = Span(START, clock.now())
        [walk], _world = rehearse(row, row.live.definition, {ada.pk: events}, {}, span, clock.now())
        [[sent]] = walk.sent.values()
        assert sent.foreseen.reason == expected[1]
