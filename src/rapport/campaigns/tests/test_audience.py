"""A campaign from order to ledger."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from rapport.campaigns.services import audience, campaigns
from rapport.campaigns.services.errors import CampaignError
from rapport.core import jobs
from rapport.core.jobs import RunningJob
from rapport.core.models import OutboxEvent
from rapport.messaging.models import Delivery, Send, SendHold

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


@pytest.fixture
def order(actor: Any, campaign: Any, clock: Any) -> Any:
    return lambda **values: campaigns.send_campaign(
        actor=actor, campaign_id=campaign.pk, clock=clock, **values
    )


def test_everybody_in_the_segment_who_agreed_gets_it_once(
    consenting: Any, order: Any, work: Any, sink: Any
) -> None:
    for name in ("ada", "bob", "cleo"):
        consenting(name)
    consenting("dan", consent="")
    order()
    work()
    work()
    assert sorted(sink.recipients) == [f"{name}@example.org" for name in ("ada", "bob", "cleo")]
    assert Send.objects.get().completed_at is not None


def test_a_delivery_says_which_segment_chose_the_person(consenting: Any, order: Any, work: Any) -> None:
    consenting("ada")
    order()
    work()
    explanation = Delivery.objects.get().explanation
    assert (explanation["segment"]["key"], explanation["segment"]["definition_version"]) == ("all", 1)


def test_the_events_name_the_campaign(consenting: Any, campaign: Any, order: Any, work: Any) -> None:
    consenting("ada")
    order()
    work()
    (sent,) = [row.payload for row in OutboxEvent.objects.all() if b'"Message Sent"' in bytes(row.payload)]
    assert str(campaign.pk).encode() in bytes(sent)


def test_what_is_due_too_long_ago_reaches_nobody(
    consenting: Any, order: Any, work: Any, clock: Any, sink: Any
) -> None:
    consenting("ada")
    order()
    clock.advance(dt.timedelta(hours=25))
    work()
    assert sink.taken == []
    assert Send.objects.get().cancelled_at is not None


def test_a_builder_that_was_killed_goes_on_where_it_stopped(
    consenting: Any, order: Any, clock: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(audience, "CHUNK", 4)
    for number in range(10):
        consenting(f"p{number}")
    order()
    with monkeypatch.context() as patch:
        patch.setattr(RunningJob, "step", killed_at(3))
        with pytest.raises(Killed):
            jobs.run_once(clock, audience.NAME)
    assert Delivery.objects.count() == 4
    clock.advance(dt.timedelta(minutes=5))
    jobs.run_once(clock, audience.NAME)
    assert Delivery.objects.count() == 10
    assert Send.objects.get().sealed_at == clock.now()


class Killed(BaseException):
    """Stands for SIGKILL: nothing of ours runs after it."""


def killed_at(call: int) -> Any:
    real, calls = RunningJob.step, iter(range(1, 100))

    def step(self: RunningJob, **progress: Any) -> None:
        if next(calls) == call:
            raise Killed
        real(self, **progress)

    return step


def test_a_paused_campaign_sends_nothing_of_what_is_written(
    consenting: Any, order: Any, campaign: Any, actor: Any, clock: Any, work: Any, sink: Any
) -> None:
    consenting("ada")
    order()
    campaigns.pause_campaign(actor=actor, campaign_id=campaign.pk, clock=clock)
    work()
    assert (sink.taken, Delivery.objects.get().state) == ([], "queued")
    campaigns.resume_campaign(actor=actor, campaign_id=campaign.pk, clock=clock)
    work()
    assert sink.recipients == ["ada@example.org"]


def test_an_audience_of_somebody_who_may_not_send_any_more_halts_the_campaign(
    consenting: Any, order: Any, user: Any, work: Any, sink: Any
) -> None:
    consenting("ada")
    order()
    type(user).objects.update(is_active=False)
    work()
    assert sink.taken == []
    assert "can no longer sign in" in SendHold.objects.get().reason


def test_a_campaign_taken_back_before_its_time_is_a_draft_again(
    order: Any, campaign: Any, actor: Any, clock: Any
) -> None:
    order(at=clock.now() + dt.timedelta(hours=1))
    assert campaigns.cancel_send(actor=actor, campaign_id=campaign.pk, clock=clock)
    order()
    assert Send.objects.get().send_at == clock.now()


def test_cancelling_half_way_skips_the_rest(
    consenting: Any, order: Any, campaign: Any, actor: Any, clock: Any, work: Any, sink: Any
) -> None:
    consenting("ada")
    order()
    jobs.run_once(clock, audience.NAME)
    assert not campaigns.cancel_send(actor=actor, campaign_id=campaign.pk, clock=clock)
    work()
    assert (sink.taken, Delivery.objects.get().reason) == ([], "cancelled")
    with pytest.raises(CampaignError):
        campaigns.resume_campaign(actor=actor, campaign_id=campaign.pk, clock=clock)
