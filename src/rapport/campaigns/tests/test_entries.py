"""Campaigns that people enter by an event or by a call: who gets the message, how often, and when not."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from rapport.campaigns import queries
from rapport.campaigns.models import Campaign, CampaignEntry
from rapport.campaigns.services import campaigns, conditions, entries, entry_data, rules
from rapport.events.registry import Occurrence
from rapport.messaging.models import Delivery
from rapport.people.models import Identifier

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def begun(actor: Any, campaign: Any, clock: Any) -> Callable[..., Campaign]:
    """`begun(delay_minutes=60)`: after each “Order Completed”; or by call with `kind="api"`."""

    def begin(**values: Any) -> Campaign:
        given = {"kind": "event", "event": "Order Completed"} | values
        rules.set_rule(actor=actor, campaign=campaign, clock=clock, **given)
        campaigns.send_campaign(actor=actor, campaign_id=campaign.pk, clock=clock)
        return queries.campaign_for(actor, campaign.pk)

    return begin


@pytest.fixture
def happen(clock: Any, work: Any) -> Callable[..., None]:
    """`happen(ada, total=5)`: she ordered, and the worker works."""

    def run(person: Any, *, ago: dt.timedelta = dt.timedelta(0), public: bool = False, **more: Any) -> None:
        event = Occurrence(
            "Order Completed", "m", clock.now() - ago, person.pk, "web", json.dumps(more).encode(),
            key=uuid.uuid4().bytes, is_public=public,
        )  # fmt: skip
        entries._hear([event, event], clock)
        later(clock, work)

    return run


def later(clock: Any, work: Any, span: dt.timedelta = dt.timedelta(0)) -> None:
    clock.advance(span)
    while entries.run_once(clock):
        pass
    work()


def test_an_event_with_the_right_properties_sends_after_the_delay_once(
    begun: Any, happen: Any, consenting: Any, sink: Any, clock: Any, work: Any
) -> None:
    ada, bob = consenting("ada"), consenting("bob")
    begun(delay_minutes=120, conditions=[{"property": "total", "operator": "above", "value": "50"}])
    happen(ada, total=80)
    happen(bob, total=20)
    assert sink.recipients == []
    later(clock, work, 2 * HOUR)
    assert sink.recipients == ["ada@example.org"]
    happen(ada, total=90)
    later(clock, work, 2 * HOUR)
    assert len(sink.recipients) == 1
    assert CampaignEntry.objects.get(state="refused").reason == "before"


@pytest.mark.parametrize(("again_days", "expected"), [(None, 1), (2, 2), (0, 3)])
def test_again_after_so_many_days(
    begun: Any, happen: Any, consenting: Any, sink: Any, clock: Any, again_days: int | None, expected: int
) -> None:
    ada = consenting("ada")
    begun(again_days=again_days)
    happen(ada)
    clock.advance(HOUR)
    happen(ada)
    clock.advance(48 * HOUR)
    happen(ada)
    assert len(sink.recipients) == expected


def test_imported_history_and_what_came_before_it_was_begun_write_to_nobody(
    begun: Any, happen: Any, consenting: Any, sink: Any, clock: Any
) -> None:
    ada = consenting("ada")
    begun()
    happen(ada, ago=300 * 24 * HOUR)
    happen(ada, ago=HOUR)
    assert not CampaignEntry.objects.exists()
    clock.advance(2 * HOUR)
    happen(ada, ago=HOUR)
    assert len(sink.recipients) == 1


def test_whoever_becomes_a_member_with_the_event_is_waited_for(
    begun: Any, happen: Any, new_person: Any, consenting: Any, sink: Any, clock: Any, work: Any
) -> None:
    stranger = new_person("stranger")
    begun()
    happen(stranger)
    assert CampaignEntry.objects.get().state == "waiting"
    later(clock, work, HOUR)
    assert CampaignEntry.objects.get().reason == "segment"
    assert not Delivery.objects.exists()


def test_what_anybody_may_send_is_printed_for_nobody(begun: Any, happen: Any, consenting: Any) -> None:
    ada = consenting("ada")
    begun(again_days=0)
    happen(ada, public=True, note="Buy at evil.example")
    happen(ada, note="Thank you")
    notes = {row.data["properties"].get("note") for row in Delivery.objects.all()}
    assert notes == {None, "Thank you"}


def test_paused_it_holds_and_stopped_it_drops_what_waits(
    begun: Any, happen: Any, consenting: Any, sink: Any, actor: Any, clock: Any, work: Any
) -> None:
    ada, bob = consenting("ada"), consenting("bob")
    campaign = begun()
    campaigns.pause_campaign(actor=actor, campaign_id=campaign.pk, clock=clock)
    assert queries.status(queries.campaign_for(actor, campaign.pk)) == "paused"
    happen(ada)
    assert (sink.recipients, Delivery.objects.get().state) == ([], "queued")
    campaigns.cancel_send(actor=actor, campaign_id=campaign.pk, clock=clock)
    later(clock, work)
    happen(bob)
    assert (sink.recipients, Delivery.objects.get().state) == ([], "skipped")
    campaigns.send_campaign(actor=actor, campaign_id=campaign.pk, clock=clock)
    clock.advance(HOUR)
    happen(bob)
    assert sink.recipients == ["bob@example.org"]


def test_a_program_triggers_it_once_for_each_key(
    begun: Any, consenting: Any, api: Any, sink: Any, clock: Any, work: Any, template: Any
) -> None:
    template.subject = "Your code is {{ data.code }}"
    template.save()
    ada = consenting("ada")
    campaign = begun(kind="api", again_days=0)
    body = {"person": str(ada.pk), "data": {"code": "K7"}}
    there = f"/campaigns/{campaign.pk}/triggers"
    status, answer = api("POST", there, body, **{"Idempotency-Key": "order-1"})
    assert (status, answer["state"]) == (202, "waiting")
    assert api("POST", there, body, **{"Idempotency-Key": "order-1"})[1]["id"] == answer["id"]
    later(clock, work, CampaignEntry.objects.get().due_at - clock.now())
    assert [b"Your code is K7" in mail for _to, mail in sink.taken] == [True]
    assert api("POST", there, {"to": {"email": "nobody@example.org"}, "data": {}})[0] == 404
    Identifier.objects.create(person=ada, type="user_id", value="u1", first_seen_at=clock.now())
    assert api("POST", there, {"to": {"user_id": "u1"}})[0] == 202


def test_conditions_compare_numbers_words_and_what_is_not_there() -> None:
    given = {"total": "12.50", "items": 3, "gift": True, "shop": {"land": "DE"}}
    holds = [("total", "above", "9"), ("items", "is", "3.0"), ("gift", "is", "true"), ("none", "is_not", "x"),
             ("shop.land", "contains", "d"), ("items", "below", "4")]  # fmt: skip
    fails = [("none", "is", ""), ("none", "below", "5"), ("gift", "above", "0"), ("total", "is_not", "12.5")]
    for row in (*holds, *fails):
        written = [dict(zip(("property", "operator", "value"), row, strict=True))]
        assert conditions.meets(written, given) is (row in holds), row


def test_who_waited_when_it_was_stopped_gets_nothing_and_holds_nobody_up(
    begun: Any, happen: Any, consenting: Any, sink: Any, actor: Any, clock: Any, work: Any
) -> None:
    ada, bob = consenting("ada"), consenting("bob")
    campaign = begun(delay_minutes=120)
    happen(ada)
    campaigns.cancel_send(actor=actor, campaign_id=campaign.pk, clock=clock)
    campaigns.send_campaign(actor=actor, campaign_id=campaign.pk, clock=clock)
    later(clock, work, 3 * HOUR)
    assert (sink.recipients, CampaignEntry.objects.get().reason) == ([], "stopped")
    happen(bob)
    campaigns.cancel_send(actor=actor, campaign_id=campaign.pk, clock=clock)
    CampaignEntry.objects.filter(person=bob).update(state="waiting", reason="")  # heard while it was stopped
    rules.set_rule(actor=actor, campaign=campaign, kind="")
    later(clock, work, 3 * HOUR)
    assert (sink.recipients, CampaignEntry.objects.get(person=bob).reason) == ([], "stopped")


def test_those_who_come_one_by_one_take_turns_too(
    begun: Any, happen: Any, consenting: Any, sink: Any, actor: Any, campaign: Any, clock: Any, work: Any
) -> None:
    campaigns.edit_campaign(actor=actor, campaign_id=campaign.pk, per_hour=2)
    begun()
    for name in ("ada", "bob", "cleo"):
        happen(consenting(name))
    assert len(sink.recipients) == 1
    for expected in (2, 3):
        later(clock, work, HOUR / 2)
        assert len(sink.recipients) == expected


def test_what_they_came_with_is_forgotten_and_that_they_came_is_not(
    begun: Any, happen: Any, consenting: Any, sink: Any, clock: Any
) -> None:
    ada = consenting("ada")
    begun()
    happen(ada, total=5)
    assert entry_data.forget(clock.now(), 10) == 0
    clock.advance(HOUR)
    assert [entry_data.forget(clock.now(), 10) for _ in range(2)] == [1, 0]
    happen(ada)
    assert (CampaignEntry.objects.filter(data={}).count(), len(sink.recipients)) == (1, 1)
