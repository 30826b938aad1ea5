"""A channel that is only registered is offered, told of and counted everywhere, though nothing else names it."""

from __future__ import annotations

import datetime as dt

import pytest

from rapport.campaigns.forms import CampaignForm
from rapport.channels.registry import ADAPTERS, CHANNELS, Adapter, ChannelKind
from rapport.events.registry import EVENT_DESCRIPTIONS
from rapport.governance.registry import CONSENT_CHANNELS, default_channel
from rapport.insights import queries
from rapport.insights.periods import Period


def unused(*_arguments: object) -> None:
    raise AssertionError("nothing is sent here")


@pytest.fixture
def pigeon():
    kind = ChannelKind("pigeon", "Carrier pigeon", "phone")
    loft = Adapter("loft", "pigeon", "Loft", unused, unused, environment=dict)
    with CHANNELS.temporarily(kind), ADAPTERS.temporarily(loft):
        yield kind


def test_people_can_consent_to_it_and_the_default_stays(pigeon):
    assert CONSENT_CHANNELS["pigeon"].identifier == "phone"
    assert default_channel().key == "email"


def test_the_timeline_names_it(pigeon):
    sentence = EVENT_DESCRIPTIONS["Message Sent"].sentence
    assert (
        sentence({"campaign_name": "Spring", "channel": "pigeon"}, {}) == "Was sent “Spring” (Carrier pigeon)"
    )
    assert sentence({"channel": "pigeon"}, {}) == "Was sent a message (Carrier pigeon)"


def test_a_campaign_with_one_channel_asks_for_none(db, actor):
    assert CampaignForm(actor=actor)["channel"].is_hidden


def test_a_campaign_chooses_it_where_there_is_a_choice(db, actor, pigeon):
    form = CampaignForm(actor=actor)
    assert [key for key, _label in form.fields["channel"].choices] == ["email", "pigeon"]
    assert not form["channel"].is_hidden


def test_its_results_are_counted(live, actor):
    properties = {"campaign_id": "c1", "campaign_name": "Spring"}
    events = [
        {
            "type": "track",
            "event": f"Message {what}",
            "userId": "u1",
            "messageId": what,
            "properties": properties,
        }
        for what in ("Sent", "Opened", "Clicked")
    ]
    live.ingest(events)
    today = dt.datetime.now(dt.UTC).date()
    (result,) = queries.campaign_results(actor, Period(today, today))
    assert (result.sent, result.opened, result.clicked) == (1, 1, 1)
