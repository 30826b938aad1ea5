"""The rules of marketing: caps, spacing by priority, facts that stop it, quiet and legal hours."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from rapport.channels.registry import CHANNELS, ChannelKind
from rapport.content.tests.conftest import START
from rapport.core.models import OutboxEvent
from rapport.experiments.services import holdouts
from rapport.governance.models import ContactPreference, Purpose
from rapport.messaging.models import BlockingRule, Delivery, FrequencyCap, SendingPolicy
from rapport.messaging.registry import GATE_FACTS, GateFact
from rapport.messaging.services import gate_inputs, legal_hours, marketing_rules, policy
from rapport.messaging.services.gate import decide
from rapport.messaging.services.marketing_rules import Marketing, Policy, Received

HOUR = dt.timedelta(hours=1)


def states() -> dict[str, tuple[str, str]]:
    """{send's origin id: (state, reason)}."""
    return {row.send.origin_id: (row.state, row.reason) for row in Delivery.objects.select_related("send")}


def test_of_two_for_one_person_the_higher_goes_and_the_other_waits(
    consenting: Any, order: Any, work: Any, sink: Any, clock: Any
) -> None:
    SendingPolicy.objects.create(spacing_hours=24, lateness_hours=72)
    consenting("ada")
    order("low", priority=10)
    order("high", priority=90)
    work()
    assert states() == {"low": ("queued", ""), "high": ("sent", "")}
    clock.advance(25 * HOUR)
    work()
    assert states()["low"] == ("sent", "")


def test_a_purpose_out_of_use_sends_nothing_that_people_may_refuse(
    consenting: Any, order: Any, work: Any, purpose: Any, clock: Any
) -> None:
    consenting("ada")
    order()
    Purpose.objects.filter(pk=purpose.pk).update(archived_at=clock.now())
    work()
    assert [(row.state, row.reason) for row in Delivery.objects.all()] == [("skipped", "archived_purpose")]


def test_one_that_does_not_wait_is_dropped_and_says_for_what(consenting: Any, order: Any, work: Any) -> None:
    SendingPolicy.objects.create(spacing_hours=24)
    consenting("ada")
    order("low", priority=10, yields="drop")
    high = order("high", priority=90)
    work()
    low = Delivery.objects.get(send__origin_id="low")
    assert (low.state, low.reason) == ("skipped", low.reason)
    assert low.reason in {"outranked", "spacing"}
    if low.reason == "outranked":
        assert low.explanation["gate"]["because"] == {"send": high.pk, "priority": 90}


def test_a_higher_one_that_is_held_takes_nobodys_place(
    consenting: Any, order: Any, work: Any, actor: Any
) -> None:
    from rapport.messaging.services import sends

    SendingPolicy.objects.create(spacing_hours=24)
    consenting("ada")
    high = order("high", priority=90)
    sends.hold(actor=actor, send_id=high.pk)
    order("low", priority=10)
    work()
    assert states()["low"] == ("sent", "")


def test_what_waits_longer_than_it_lives_is_dropped_with_the_reason(
    consenting: Any, order: Any, work: Any
) -> None:
    SendingPolicy.objects.create(spacing_hours=48, lateness_hours=24)
    consenting("ada")
    order("first", priority=90)
    order("second", priority=10)
    work()
    assert states()["second"] == ("skipped", "outranked") or states()["second"] == ("skipped", "spacing")


@pytest.mark.parametrize(
    ("cap", "sent"),
    [
        ({"messages": 1, "hours": 1}, 1),
        ({"messages": 2, "hours": 1}, 2),
        ({"messages": 1, "hours": 1, "channel": "sms"}, 3),
        ({"messages": 1, "hours": 1, "channel": "email"}, 1),
    ],
)
def test_caps_count_their_channel(consenting: Any, order: Any, work: Any, cap: Any, sent: int) -> None:
    FrequencyCap.objects.create(**cap)
    consenting("ada")
    for name in ("a", "b", "c"):
        order(name)
    work()
    assert Delivery.objects.filter(state="sent").count() == sent
    assert Delivery.objects.filter(reason="capped").count() == 3 - sent


def test_a_cap_counts_its_purpose_only(consenting: Any, order: Any, work: Any, purpose: Any) -> None:
    other = Purpose.objects.create(key="events", name="Events", basis="legitimate_interest")
    FrequencyCap.objects.create(messages=1, hours=24, purpose=other)
    consenting("ada")
    for name in ("a", "b"):
        order(name)
        order(name + name, purpose=other)
    work()
    assert Delivery.objects.filter(state="sent", send__purpose=purpose).count() == 2
    assert Delivery.objects.filter(state="sent", send__purpose=other).count() == 1


def test_a_cap_may_let_wait_and_its_time_slides(consenting: Any, order: Any, work: Any, clock: Any) -> None:
    FrequencyCap.objects.create(messages=1, hours=5, at_limit="wait")
    consenting("ada")
    order("a")
    work()
    clock.advance(2 * HOUR)
    order("b")
    work()
    assert states()["b"] == ("queued", "")
    clock.advance(3 * HOUR - dt.timedelta(minutes=1))
    work()
    assert states()["b"] == ("queued", "")
    clock.advance(dt.timedelta(minutes=2))
    work()
    assert states()["b"] == ("sent", "")


def test_how_often_somebody_wants_mail_is_kept_to(consenting: Any, order: Any, work: Any) -> None:
    ada = consenting("ada")
    ContactPreference.objects.create(person=ada, messages=1, days=7)
    order("a")
    work()
    order("b")
    work()
    assert states() == {"a": ("sent", ""), "b": ("skipped", "own_limit")}


def test_a_fact_about_the_person_stops_marketing_and_nothing_else(
    consenting: Any, order: Any, work: Any, clock: Any
) -> None:
    ada = consenting("ada")
    receipt = Purpose.objects.create(key="receipt", name="Receipt", basis="contract")
    open_for = {ada.pk}
    fact = GateFact(
        "complaint",
        "Complaint",
        lambda ids, _argument, _now: open_for & set(ids),
        lambda _a: "a complaint is open",
    )
    BlockingRule.objects.create(fact="complaint", created_by="test")
    with GATE_FACTS.temporarily(fact):
        order("promotion")
        order("receipt", purpose=receipt)
        work()
        assert states() == {"promotion": ("queued", ""), "receipt": ("sent", "")}
        waiting = Delivery.objects.get(send__origin_id="promotion")
        assert waiting.explanation["gate"]["because"] == {"fact": "a complaint is open"}
        open_for.clear()
        clock.advance(2 * HOUR)
        work()
        assert states()["promotion"] == ("sent", "")


def test_whoever_is_in_the_holdout_gets_no_marketing_and_the_delivery_says_why(
    consenting: Any, order: Any, work: Any, actor: Any
) -> None:
    for name in ("ada", "ben", "cleo", "dora"):
        consenting(name)
    holdouts.set_share(actor=actor, percent=50)
    receipt = Purpose.objects.create(key="receipt", name="Receipt", basis="contract")
    order("promotion")
    order("receipt", purpose=receipt)
    work()
    for row in Delivery.objects.select_related("send"):
        held_back = row.send.origin_id == "promotion" and holdouts.in_holdout(row.person_id)
        assert (row.state, row.reason) == (("skipped", "blocked") if held_back else ("sent", ""))
        if held_back:
            assert "holdout" in row.explanation["gate"]["because"]["fact"]


moments = st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: START + dt.timedelta(minutes=minutes))
zones = st.sampled_from(["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"])
times = st.times().map(lambda value: value.replace(second=0, microsecond=0))


@given(moments, zones, st.sampled_from(sorted(legal_hours.LAW)), times, times)
def test_what_waits_for_hours_goes_when_both_allow_it_and_never_before(
    now: dt.datetime, zone: str, law: tuple[str, str], quiet_from: dt.time, quiet_until: dt.time
) -> None:
    limits = SendingPolicy(quiet_from=quiet_from, quiet_until=quiet_until)
    hours, place = legal_hours.LAW[law], ZoneInfo(zone)
    moment = marketing_rules.hours(now, place, limits, hours)
    if moment is None:
        assert legal_hours.allowed_from(now, place, hours) is None
        return
    assert moment > now
    local = moment.astimezone(place)
    allowed = any(start <= local.hour * 60 + local.minute < end for start, end in hours.of(local.date()))
    assert allowed or moment - now >= dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("traits", "address", "country"),
    [
        ({"country": "France"}, "", "FR"), ({"country": "us"}, "+33612345678", "US"), ({}, "+33612345678", "FR"),
        ({"country": "Atlantis"}, "", ""), ({}, "ada@example.org", ""),
    ],
)  # fmt: skip
def test_the_country_is_the_stated_one_or_that_of_the_number(traits: Any, address: str, country: str) -> None:
    assert legal_hours.country_of(traits, address) == country


def test_texts_to_france_wait_for_monday_morning(consenting: Any, purpose: Any, clock: Any, db: None) -> None:
    ada = consenting("ada", phone="+33612345678", timezone="Europe/Paris")
    sunday = dt.datetime(2026, 11, 29, 12, tzinfo=dt.UTC)
    kind = ChannelKind("letter", "Text", "phone", legal_hours="text")
    with CHANNELS.temporarily(kind):
        fact, rules = gate_inputs.input_for(person_id=ada.pk, channel="letter", purpose=purpose, now=sunday)
        assert decide(fact, rules, sunday).reason == "no_consent"
        purpose.basis = "legitimate_interest"
        purpose.save()
        fact, rules = gate_inputs.input_for(person_id=ada.pk, channel="letter", purpose=purpose, now=sunday)
        verdict = decide(fact, rules, sunday)
    assert verdict.reason == "quiet"
    expected = dt.datetime(2026, 11, 30, 8, tzinfo=ZoneInfo("Europe/Paris")).astimezone(dt.UTC)
    assert verdict.not_before == expected


@given(st.lists(st.integers(0, 100), max_size=12), st.integers(1, 5), st.integers(1, 100))
def test_a_sliding_cap_frees_exactly_when_the_oldest_counted_leaves(
    ages: list[int], messages: int, hours: int
) -> None:
    received = tuple(Received("email", "p", START - age * HOUR) for age in ages)
    cap = FrequencyCap(messages=messages, hours=hours, at_limit="wait")
    rules = Policy(SendingPolicy(), "UTC", [cap])
    verdict = marketing_rules.capped(Marketing(received), "email", "p", rules, START)
    inside = sorted(entry.at for entry in received if entry.at > START - hours * HOUR)
    assert verdict.allowed == (len(inside) < messages)
    if not verdict.allowed:
        after = verdict.not_before
        assert after is not None
        left = [at for at in inside if at > after - hours * HOUR]
        assert len(left) < messages
        just_before = after - dt.timedelta(seconds=1)
        assert len([at for at in inside if at > just_before - hours * HOUR]) >= messages


def test_rules_are_set_on_the_settings_page(page: Any, db: None) -> None:
    page.post(
        reverse("messaging:cap"), {"messages": "3", "hours": "168", "channel": "email", "at_limit": "wait"}
    )
    cap = FrequencyCap.objects.get()
    assert (cap.messages, cap.hours, cap.channel, cap.at_limit) == (3, 168, "email", "wait")
    body = page.get(reverse("messaging:policy")).content.decode()
    assert "At most 3 in 168 hours" in body
    again = page.post(
        reverse("messaging:cap"), {"messages": "2", "hours": "168", "channel": "email", "at_limit": "drop"}
    )
    assert again.status_code == 422
    page.post(reverse("messaging:cap-removal", args=[cap.pk]))
    assert not FrequencyCap.objects.exists()


def test_a_rule_needs_a_fact_that_there_is(actor: Any, db: None) -> None:
    with pytest.raises(ValidationError):
        policy.add_rule(actor=actor, fact="moon is full")
    with pytest.raises(ValidationError):
        policy.add_rule(actor=actor, fact="segment", argument="nobody-has-it")


def test_what_is_not_sent_is_told_with_the_reason_but_not_of_restricted_persons(
    consenting: Any, order: Any, work: Any
) -> None:
    consenting("ada", consent="withdrawn")
    bob = consenting("bob", consent="withdrawn")
    type(bob).objects.filter(pk=bob.pk).update(restricted_at=START)
    order("a")
    work()
    payloads = [bytes(row.payload) for row in OutboxEvent.objects.all()]
    skipped = [payload for payload in payloads if b'"Message Skipped"' in payload]
    assert len(skipped) == 1
    assert b'"reason":"withdrawn"' in skipped[0].replace(b" ", b"")
