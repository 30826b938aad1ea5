"""A campaign from order to ledger."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from rapport.campaigns.services import audience, campaigns
from rapport.campaigns.services.campaigns import CampaignError
from rapport.core.models import OutboxEvent
from rapport.messaging.models import Delivery, Send

pytestmark = pytest.mark.django_db


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
    (sent,) = [row.payload for row in OutboxEvent.objects.all() if b'"Email Sent"' in bytes(row.payload)]
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


def test_an_audience_builder_that_died_goes_on_where_it_stopped(
    consenting: Any, order: Any, clock: Any
) -> None:
    for number in range(10):
        consenting(f"p{number}")
    order()
    audience.run_once(clock, chunk=4)
    assert Delivery.objects.count() == 4
    while audience.run_once(clock, chunk=4):
        pass
    assert Delivery.objects.count() == 10


def test_pausing_also_halts_the_audience(
    consenting: Any, order: Any, campaign: Any, actor: Any, clock: Any
) -> None:
    consenting("ada")
    order()
    campaigns.pause_campaign(actor=actor, campaign_id=campaign.pk, clock=clock)
    assert audience.run_once(clock) == 0
    campaigns.resume_campaign(actor=actor, campaign_id=campaign.pk, clock=clock)
    assert audience.run_once(clock) == 1


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
    audience.run_once(clock)
    assert not campaigns.cancel_send(actor=actor, campaign_id=campaign.pk, clock=clock)
    work()
    assert (sink.taken, Delivery.objects.get().reason) == ([], "cancelled")
    with pytest.raises(CampaignError):
        campaigns.resume_campaign(actor=actor, campaign_id=campaign.pk, clock=clock)
