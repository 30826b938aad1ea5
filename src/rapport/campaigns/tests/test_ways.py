"""Over which channel, at which hour and how fast a campaign goes out."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from rapport.campaigns import queries
from rapport.campaigns.models import Campaign
from rapport.campaigns.services import campaigns, copying, rules
from rapport.campaigns.services.errors import CampaignError
from rapport.campaigns.services.testing import workspace_zone
from rapport.campaigns.services.timing import Window
from rapport.content.models import Template
from rapport.content.services import templates
from rapport.content.tests.conftest import START
from rapport.core.access import system
from rapport.core.models import Job
from rapport.governance.services import consent
from rapport.messaging.models import Delivery
from rapport.people.models import Identifier

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def text(actor: Any) -> Template:
    return templates.create_template(actor=actor, name="Text", channel="sms", fields={"text": "Hi"})


@pytest.fixture
def order(actor: Any, campaign: Any, clock: Any) -> Callable[..., Campaign]:
    """`order(per_hour=10)`: sent."""

    def send(at: dt.datetime | None = None, **values: Any) -> Campaign:
        if values:
            campaigns.edit_campaign(actor=actor, campaign_id=campaign.pk, clock=clock, **values)
        campaigns.send_campaign(actor=actor, campaign_id=campaign.pk, at=at, clock=clock)
        return queries.campaign_for(actor, campaign.pk)

    return send


def by_text(person: Any, number: str) -> None:
    Identifier.objects.create(person=person, type="phone", value=number, first_seen_at=START)
    consent.record(
        actor=system("test"), person_id=person.pk, purpose="newsletter", channel="sms", state="granted",
        at=START, source="form",
    )  # fmt: skip


def test_each_person_gets_one_message_over_the_first_channel_that_reaches_them(
    consenting: Any, order: Any, work: Any, actor: Any, campaign: Any, text: Template, page: Any
) -> None:
    consenting("mail")
    both = consenting("both", phone="+4915187654321")
    only_text = consenting("text", consent="withdrawn", phone="+4915187654322")
    consenting("nobody", email="")
    by_text(both, "+4915187654321")
    by_text(only_text, "+4915187654322")
    rules.set_fallbacks(actor=actor, campaign=campaign, ways=[("sms", text)])
    order()
    work()
    rows = Delivery.objects.select_related("person")
    assert Counter(row.person_id for row in rows).most_common(1)[0][1] == 1
    assert {row.person.name.lower(): row.channel for row in rows} == {
        "mail": "email", "both": "email", "text": "sms", "nobody": "email",
    }  # fmt: skip
    assert Delivery.objects.get(person__name__iexact="nobody").reason == "no_address"
    assert page.get(f"/campaigns/{campaign.pk}/").status_code == 200


def test_channels_are_named_once_and_their_templates_fit(actor: Any, campaign: Any, text: Template) -> None:
    for ways in ([("email", campaign.template)], [("whatsapp", text)], [("sms", text), ("sms", text)]):
        with pytest.raises(ValidationError):
            rules.set_fallbacks(actor=actor, campaign=campaign, ways=ways)


def test_it_is_spread_over_the_hours_and_a_pause_does_not_bring_a_burst(
    consenting: Any, order: Any, work: Any, sink: Any, clock: Any, actor: Any, campaign: Any
) -> None:
    for number in range(6):
        consenting(f"p{number}")
    order(per_hour=2)
    work()
    assert len(sink.recipients) == 1
    clock.advance(HOUR)
    work()
    assert len(sink.recipients) == 3
    campaigns.pause_campaign(actor=actor, campaign_id=campaign.pk, clock=clock)
    clock.advance(10 * HOUR)
    campaigns.resume_campaign(actor=actor, campaign_id=campaign.pk, clock=clock)
    work()
    assert len(sink.recipients) == 3
    for expected in (4, 5, 6):
        clock.advance(HOUR / 2)
        work()
        assert len(set(sink.recipients)) == len(sink.recipients) == expected
    assert queries.status(queries.campaign_for(actor, campaign.pk)) == "sent"


def test_nine_o_clock_is_nine_o_clock_where_they_live(
    consenting: Any, order: Any, work: Any, clock: Any
) -> None:
    zones = ["Pacific/Auckland", "Europe/Berlin", "America/Los_Angeles"]
    for number, zone in enumerate(zones):
        consenting(f"p{number}", timezone=zone)
    at = clock.now().replace(hour=9, minute=0, second=0) + 3 * dt.timedelta(days=1)
    campaign = order(at, is_local=True)
    clock.advance(campaign.send.send_at - clock.now())
    work()
    due = {row.person.traits["timezone"]: row.not_before for row in Delivery.objects.select_related("person")}
    shown = {zone: due[zone].astimezone(ZoneInfo(zone)).replace(tzinfo=None) for zone in zones}
    wall = at.astimezone(workspace_zone()).replace(tzinfo=None)
    assert set(shown.values()) == {wall}


def test_a_window_lets_nobody_be_woken(consenting: Any, order: Any, work: Any, clock: Any) -> None:
    consenting("ada", timezone="Asia/Tokyo")
    clock.advance(clock.now().replace(hour=20, minute=0) + dt.timedelta(days=1) - clock.now())
    order(window_from=dt.time(8), window_until=dt.time(20))
    work()
    due = Delivery.objects.get().not_before.astimezone(ZoneInfo("Asia/Tokyo"))
    assert (due.time(), due > clock.now()) == (dt.time(8), True)


times = st.integers(0, 23).map(dt.time)


@given(
    start=times, end=times, wait=st.integers(0, 60 * 96),
    at=st.integers(1_770_000_000, 1_800_000_000).map(lambda at: dt.datetime.fromtimestamp(at, dt.UTC)),
    zone=st.sampled_from(["Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "UTC"]).map(ZoneInfo),
)  # fmt: skip
def test_what_is_spread_stays_within_the_window_and_in_order(
    start: dt.time, end: dt.time, wait: int, at: dt.datetime, zone: ZoneInfo
) -> None:
    window, span = Window(start, end), dt.timedelta(minutes=wait)
    due = window.later(at, span, zone)
    assert due >= at + span
    assert window.opened(due, zone) == due
    assert window.later(at, span + HOUR, zone) >= due + HOUR


def test_what_is_scheduled_or_written_can_be_moved_and_what_began_cannot(
    consenting: Any, order: Any, work: Any, sink: Any, clock: Any, actor: Any, campaign: Any
) -> None:
    consenting("ada")
    move = {"actor": actor, "campaign_id": campaign.pk, "clock": clock}
    copying.reschedule(at=clock.now() + HOUR, **move)
    order(clock.now() + HOUR)
    copying.reschedule(at=clock.now() + 3 * HOUR, **move)
    assert Job.objects.filter(state__in=Job.LIVE).count() == 1
    clock.advance(2 * HOUR)
    work()
    assert sink.recipients == []
    clock.advance(HOUR)
    work()
    assert len(sink.recipients) == 1
    with pytest.raises(CampaignError):
        copying.reschedule(at=clock.now() + HOUR, **move)
    with pytest.raises(CampaignError):
        copying.reschedule(at=clock.now() - HOUR, **move)


def test_a_copy_is_a_draft_that_is_set_up_alike(
    actor: Any, campaign: Any, text: Template, page: Any, consenting: Any
) -> None:
    rules.set_rule(actor=actor, campaign=campaign, kind="recurring", at=dt.time(9), unit="month")
    rules.set_fallbacks(actor=actor, campaign=campaign, ways=[("sms", text)])
    campaigns.edit_campaign(actor=actor, campaign_id=campaign.pk, folder="Spring", tags=["b", "a", "a"])
    page.post(f"/campaigns/{campaign.pk}/duplicate/")
    copy = Campaign.objects.exclude(pk=campaign.pk).get()
    assert (copy.folder, copy.tags, copy.send, copy.rule.unit) == ("Spring", ["a", "b"], None, "month")
    assert copy.fallbacks.get().template == text
    assert copy.rule.active_since is None


@pytest.mark.parametrize("ahead", [5, None])
def test_ordered_late_it_still_goes_by_their_clocks(
    consenting: Any, order: Any, work: Any, clock: Any, ahead: int | None
) -> None:
    # Noon in UTC: that hour has passed where the day is ahead, so there it is the next day.
    days = {"Pacific/Auckland": 1, "Asia/Tokyo": 1, "America/Los_Angeles": 0}
    for number, zone in enumerate(days):
        consenting(f"p{number}", timezone=zone)
    at = clock.now() + HOUR * ahead if ahead else None
    order(at, is_local=True)
    work()
    wall = (at or clock.now()).astimezone(workspace_zone()).replace(tzinfo=None)
    for row in Delivery.objects.select_related("person"):
        zone = row.person.traits["timezone"]
        shown = row.not_before.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        assert shown == wall + dt.timedelta(days=days.pop(zone)), zone
    assert not days


@pytest.mark.parametrize("kind", ["event", "api"])
def test_what_is_sent_to_each_when_they_come_has_no_hour_of_their_clock(
    actor: Any, campaign: Any, kind: str
) -> None:
    campaigns.edit_campaign(actor=actor, campaign_id=campaign.pk, is_local=True)
    with pytest.raises(ValidationError):
        rules.set_rule(actor=actor, campaign=campaign, kind=kind, event="Order Completed")
    campaigns.edit_campaign(actor=actor, campaign_id=campaign.pk, is_local=False)
    rules.set_rule(actor=actor, campaign=campaign, kind=kind, event="Order Completed")
    campaigns.edit_campaign(actor=actor, campaign_id=campaign.pk, is_local=True)
    with pytest.raises(CampaignError):
        campaigns.send_campaign(actor=actor, campaign_id=campaign.pk)
