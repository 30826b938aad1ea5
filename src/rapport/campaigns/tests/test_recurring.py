"""Recurring campaigns: each time a run of its own, never doubled, left out when it is too late."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from rapport.campaigns import queries
from rapport.campaigns.models import Campaign
from rapport.campaigns.services import campaigns, copying, ordering, recurring, rules
from rapport.campaigns.services.errors import CampaignError
from rapport.content.tests.conftest import MJML
from rapport.core.models import AuditEntry
from rapport.messaging.models import Delivery

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def daily(actor: Any, campaign: Any, consenting: Any, clock: Any) -> Callable[..., Campaign]:
    """`daily()`: every day at 9 in Berlin, to Ada; begun."""

    def begin(**values: Any) -> Campaign:
        consenting("ada")
        given = {"kind": "recurring", "unit": "day", "at": dt.time(9), "zone": "Europe/Berlin"} | values
        rules.set_rule(actor=actor, campaign=campaign, clock=clock, **given)
        campaigns.send_campaign(actor=actor, campaign_id=campaign.pk, clock=clock)
        return queries.campaign_for(actor, campaign.pk)

    return begin


@pytest.fixture
def pass_time(clock: Any, work: Any) -> Callable[..., None]:
    """`pass_time(DAY)`: hour by hour, with a worker that works; or at once, without one until its end."""

    def run(span: dt.timedelta, *, worker: bool = True) -> None:
        until = clock.now() + span
        while clock.now() < until:
            clock.advance(dt.timedelta(hours=1) if worker else span)
            recurring.run_once(clock)
            recurring.run_once(clock)
            work()

    return run


def test_each_day_is_a_run_with_a_ledger_of_its_own(
    daily: Any, pass_time: Any, sink: Any, actor: Any, page: Any
) -> None:
    series = daily()
    assert queries.status(series) == "active"
    pass_time(3 * DAY)
    assert sink.recipients == ["ada@example.org"] * 3
    runs = Campaign.objects.filter(series=series, send__isnull=False)
    assert len({run.send_id for run in runs}) == 3
    assert {queries.status(run) for run in queries.campaigns(actor).filter(pk__in=runs)} == {"sent"}
    assert queries.status(queries.campaigns(actor).filter(series=series, send=None).first()) == "planned"
    assert page.get(f"/campaigns/{series.pk}/").status_code == 200


def test_after_an_outage_only_the_last_is_sent_and_nothing_that_is_too_late(
    daily: Any, pass_time: Any, sink: Any, clock: Any
) -> None:
    series = daily()
    pass_time(5 * DAY + dt.timedelta(hours=1), worker=False)
    assert len(sink.recipients) <= 1
    assert Campaign.objects.filter(series=series, archived_at__isnull=False).count() >= 4
    before = len(sink.recipients)
    pass_time(DAY)
    assert len(sink.recipients) == before + 1
    assert AuditEntry.objects.filter(action="campaign.run_missed").count() >= 4


def test_paused_it_sends_nothing_and_afterwards_not_what_was_missed(
    daily: Any, pass_time: Any, sink: Any, actor: Any, clock: Any
) -> None:
    series = daily()
    pass_time(DAY)
    campaigns.pause_campaign(actor=actor, campaign_id=series.pk, clock=clock)
    pass_time(2 * DAY)
    assert len(sink.recipients) == 1
    campaigns.resume_campaign(actor=actor, campaign_id=series.pk, clock=clock)
    pass_time(DAY)
    assert len(sink.recipients) == 2


def test_pausing_halts_the_run_that_is_under_way(
    daily: Any, sink: Any, actor: Any, clock: Any, work: Any
) -> None:
    series = daily()
    clock.advance(Campaign.objects.filter(series=series).earliest("planned_at").planned_at - clock.now())
    recurring.run_once(clock)
    campaigns.pause_campaign(actor=actor, campaign_id=series.pk, clock=clock)
    work()
    assert (sink.recipients, Delivery.objects.get().state) == ([], "queued")
    campaigns.resume_campaign(actor=actor, campaign_id=series.pk, clock=clock)
    work()
    assert len(sink.recipients) == 1


def test_what_is_written_afterwards_is_not_sent_until_it_is_begun_anew(
    daily: Any, pass_time: Any, sink: Any, actor: Any, clock: Any
) -> None:
    from rapport.content.services import templates

    series = daily()
    templates.save_draft(
        actor=actor, template_id=series.template_id, subject="Changed", mjml=MJML, clock=clock
    )
    pass_time(DAY)
    assert Delivery.objects.get().send.template_version.version == 1
    with pytest.raises(CampaignError):
        campaigns.edit_campaign(actor=actor, campaign_id=series.pk, channel="sms")
    campaigns.cancel_send(actor=actor, campaign_id=series.pk, clock=clock)
    assert queries.status(queries.campaign_for(actor, series.pk)) == "draft"
    assert Campaign.objects.filter(series=series).count() == 1
    campaigns.send_campaign(actor=actor, campaign_id=series.pk, clock=clock)
    pass_time(DAY)
    assert Delivery.objects.latest("queued_at").send.template_version.version == 2


def test_a_run_has_the_same_id_after_a_restored_backup(daily: Any, clock: Any, actor: Any) -> None:
    series = daily()
    planned = set(Campaign.objects.filter(series=series).values_list("pk", flat=True))
    Campaign.objects.filter(series=series).delete()
    recurring.plan(series.rule, clock.now())
    assert set(Campaign.objects.filter(series=series).values_list("pk", flat=True)) == planned


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "recurring"},
        {"kind": "recurring", "at": dt.time(9), "zone": "Mars/Base"},
        {"kind": "recurring", "at": dt.time(9), "every": 0},
        {"kind": "recurring", "at": dt.time(9), "weekdays": [7]},
        {"kind": "event"},
        {"kind": "event", "event": "Order Completed", "conditions": [{"property": "x", "operator": "like"}]},
        {"kind": "api", "delay_minutes": -1},
        {"kind": "sometimes"},
    ],
)
def test_rules_that_make_no_sense_are_refused(actor: Any, campaign: Any, values: Any) -> None:
    with pytest.raises(ValidationError):
        rules.set_rule(actor=actor, campaign=campaign, **values)
    assert rules.rule_of(queries.campaign_for(actor, campaign.pk)) is None


def test_by_their_clocks_the_run_begins_where_the_day_does(
    actor: Any, campaign: Any, daily: Any, pass_time: Any, consenting: Any, clock: Any
) -> None:
    zones = ["Pacific/Auckland", "Europe/Berlin", "America/Los_Angeles"]
    for number, zone in enumerate(zones):
        consenting(f"p{number}", timezone=zone)
    campaigns.edit_campaign(actor=actor, campaign_id=campaign.pk, is_local=True)
    series = daily(zone="America/New_York", starts=(clock.now() + 3 * DAY).date())
    run = Campaign.objects.filter(series=series).earliest("planned_at")
    start = run.planned_at.astimezone(ZoneInfo("America/New_York")).date()
    pass_time(run.planned_at + DAY - clock.now())
    due = {
        row.person.traits["timezone"]: row.not_before
        for row in Delivery.objects.filter(send__origin_id=str(run.pk)).select_related("person")
        if row.person.traits.get("timezone")
    }
    assert {due[zone].astimezone(ZoneInfo(zone)).replace(tzinfo=None) for zone in zones} == {
        dt.datetime.combine(start, dt.time(9))
    }


def test_a_run_that_is_cancelled_is_not_ordered_again(
    daily: Any, sink: Any, actor: Any, clock: Any, work: Any
) -> None:
    series = daily()
    run = Campaign.objects.filter(series=series).earliest("planned_at")
    clock.advance(run.planned_at - clock.now())
    recurring.run_once(clock)
    assert campaigns.cancel_send(actor=actor, campaign_id=run.pk, clock=clock)
    recurring.run_once(clock)
    work()
    run.refresh_from_db()
    assert (sink.recipients, run.send, run.archived_at) == ([], None, clock.now())


def test_a_run_that_cannot_be_ordered_holds_up_no_other_series(
    daily: Any, sink: Any, actor: Any, clock: Any, work: Any
) -> None:
    series = daily()
    other = copying.duplicate(actor=actor, campaign_id=series.pk, clock=clock)
    campaigns.send_campaign(actor=actor, campaign_id=other.pk, clock=clock)
    broken = Campaign.objects.filter(series=series).earliest("planned_at")
    # Nothing can be ordered in its name: an order of this version is there.
    ordering.order(actor=actor, campaign=broken, version=series.rule.version, at=None, clock=clock)
    Campaign.objects.filter(pk=broken.pk).update(send=None)
    clock.advance(broken.planned_at - clock.now())
    recurring.run_once(clock)
    assert Campaign.objects.get(pk=broken.pk).send is None
    work()
    assert sink.recipients == ["ada@example.org"]


def test_runs_are_listed_with_their_series_only(daily: Any, api: Any) -> None:
    series = daily()
    assert series.runs.count() == 40
    assert [row["id"] for row in api("GET", "/campaigns")[1]["data"]] == [str(series.pk)]
    runs = api("GET", f"/campaigns?series={series.pk}&limit=10")[1]
    assert (len(runs["data"]), {row["series"] for row in runs["data"]}) == (10, {str(series.pk)})
    assert api("GET", f"/campaigns?series={series.template_id}")[0] == 404


@pytest.mark.parametrize(
    ("wrong", "where"),
    [({"starts": "9999-12-30"}, "starts"), ({"zone": "Nowhere/Land"}, "zone"), ({"time": None}, "time")],
)
def test_a_schedule_that_cannot_be_is_refused_where_it_is_written(
    api: Any, campaign: Any, wrong: dict[str, Any], where: str
) -> None:
    schedule = {"kind": "recurring", "unit": "day", "time": "09:00", "zone": "Europe/Berlin"} | wrong
    status, body = api("PATCH", f"/campaigns/{campaign.pk}", {"schedule": schedule})
    assert (status, [error["pointer"] for error in body["errors"]]) == (422, [f"/body/schedule/{where}"])
