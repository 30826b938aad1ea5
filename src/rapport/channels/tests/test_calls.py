"""Calls: made tasks of messages, taken one by one, and never made to who must not be called."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.http import Http404
from django.urls import reverse

from rapport.channels.models import CallTask, ChannelAccount
from rapport.channels.phone import personal_data, queries, services
from rapport.channels.protocol import Content, Message, Result, Sender, Unfit
from rapport.channels.registry import ADAPTERS
from rapport.core.access import Actor, for_user
from rapport.core.clock import VirtualClock
from rapport.core.models import OutboxEvent, User
from rapport.governance.models import Consent, Purpose, Suppression
from rapport.governance.services import consent
from rapport.people.models import Person

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 30, 10, tzinfo=dt.UTC)
SETTINGS = {"days": 7, "tries": 2, "again_hours": 4}


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOW)


@pytest.fixture
def caller(user: User) -> Actor:
    return for_user(user)


@pytest.fixture
def purpose(db: None) -> Purpose:
    return Purpose.objects.create(key="renewals", name="Offers", basis="legitimate_interest")


@pytest.fixture
def message(purpose: Purpose) -> Callable[..., Message]:
    def make(person: Person, reference: str = "", **fields: str) -> Message:
        content = Content(
            reference or str(uuid.uuid4()), person.name, "+493012345678", "", "", "", NOW, person_id=person.pk,
            fields={"title": "Renewal", "script": "Hello\nWould you like…", **fields},
        )  # fmt: skip
        return ADAPTERS["calls"].compose(Sender("Shop", "", stream="renewals"), SETTINGS)(content)

    return make


@pytest.fixture
def task(message: Callable[..., Message]) -> CallTask:
    person = Person.objects.create(
        id=uuid.uuid4(),
        first_seen_at=NOW,
        last_seen_at=NOW,
        name="Maria",
        traits={"timezone": "America/New_York"},
    )
    [outcome] = ADAPTERS["calls"].open(SETTINGS).deliver([message(person)])
    assert outcome.result is Result.ACCEPTED
    return CallTask.objects.get(pk=int(outcome.provider_id))


def _events() -> list[bytes]:
    return [bytes(row.payload) for row in OutboxEvent.objects.all() if b'"Call Made"' in bytes(row.payload)]


def test_a_message_offered_twice_is_one_call(message: Callable[..., Message]) -> None:
    person = Person.objects.create(id=uuid.uuid4(), first_seen_at=NOW, last_seen_at=NOW, name="Maria")
    channel = ADAPTERS["calls"].open(SETTINGS)
    first, second = message(person), message(person)
    outcomes = channel.deliver([first, second]) + channel.deliver([first])
    assert len({outcome.provider_id for outcome in outcomes}) == 2
    assert CallTask.objects.count() == 2
    with pytest.raises(Unfit):
        message(person, script=" ")


def test_a_call_is_taken_once_and_by_age(task: CallTask, caller: Actor, clock: VirtualClock) -> None:
    other = for_user(User.objects.create_user("bob@example.org", roles=["agent"]))
    assert services.take_next(actor=caller, clock=clock) == task
    assert services.take_next(actor=caller, clock=clock) == task
    assert services.take_next(actor=other, clock=clock) is None
    with pytest.raises(ValidationError):
        services.take(actor=other, call_id=task.pk, clock=clock)
    with pytest.raises(ValidationError):
        services.finish(actor=other, call_id=task.pk, outcome="reached", clock=clock)
    clock.advance(dt.timedelta(hours=3))
    assert services.take_next(actor=other, clock=clock) == task


def test_reached_is_the_end_and_everybody_hears_of_it(
    task: CallTask, caller: Actor, clock: VirtualClock
) -> None:
    services.take(actor=caller, call_id=task.pk, clock=clock)
    services.finish(actor=caller, call_id=task.pk, outcome="reached", notes="Wants blue", clock=clock)
    task.refresh_from_db()
    assert (task.state, task.outcome, task.claimed_by) == ("done", "reached", None)
    assert task.attempts.get().notes == "Wants blue"
    [event] = _events()
    assert b'"outcome":"reached"' in event
    assert str(task.reference).encode() in event


def test_who_does_not_answer_is_called_again_and_then_let_be(
    task: CallTask, caller: Actor, clock: VirtualClock
) -> None:
    states = []
    for outcome in ("no_answer", "later", "voicemail"):
        services.take(actor=caller, call_id=task.pk, clock=clock)
        states.append(services.finish(actor=caller, call_id=task.pk, outcome=outcome, clock=clock).state)
        assert services.take_next(actor=caller, clock=clock) is None
        clock.advance(dt.timedelta(hours=4))
    assert states == ["waiting", "waiting", "done"]


def test_do_not_call_withdraws_and_stops_every_other_call(
    task: CallTask, message: Callable[..., Message], caller: Actor, clock: VirtualClock
) -> None:
    ADAPTERS["calls"].open(SETTINGS).deliver([message(task.person)])
    services.take(actor=caller, call_id=task.pk, clock=clock)
    services.finish(actor=caller, call_id=task.pk, outcome="do_not_call", clock=clock)
    assert Consent.objects.get(person=task.person, channel="phone").state == "withdrawn"
    assert Suppression.objects.get(channel="phone").reason == "unsubscribed"
    assert services.take_next(actor=caller, clock=clock) is None
    stopped = CallTask.objects.exclude(pk=task.pk).get()
    assert (stopped.state, stopped.why_stopped) == ("stopped", "suppressed")


def test_a_wrong_number_is_nobodys(task: CallTask, caller: Actor, clock: VirtualClock) -> None:
    services.take(actor=caller, call_id=task.pk, clock=clock)
    services.finish(actor=caller, call_id=task.pk, outcome="wrong_number", clock=clock)
    assert Suppression.objects.get(channel="phone").reason == "bounced"
    assert not Consent.objects.exists()


def _stop(what: str, person: Person, clock: VirtualClock, actor: Actor) -> None:
    given = {"purpose": "renewals", "channel": "phone", "at": NOW, "source": "form"}
    if what == "withdrawn":
        consent.record(actor=actor, person_id=person.pk, state="withdrawn", **given)
    elif what == "late":
        clock.advance(dt.timedelta(days=8))
    elif what == "merged":
        survivor = Person.objects.create(
            id=uuid.uuid4(), first_seen_at=NOW, last_seen_at=NOW, name="Maria M", restricted_at=NOW
        )
        Person.objects.filter(pk=person.pk).update(merged_into=survivor)
    else:
        Person.objects.filter(pk=person.pk).update(**{f"{what}_at": NOW})


@pytest.mark.parametrize("what", ["withdrawn", "restricted", "erased", "late", "merged"])
def test_consent_is_asked_again_before_the_call(
    what: str, task: CallTask, caller: Actor, clock: VirtualClock, actor: Actor
) -> None:
    _stop(what, task.person, clock, actor)
    assert services.take_next(actor=caller, clock=clock) is None
    task.refresh_from_db()
    assert (task.state, task.why_stopped) == ("stopped", "restricted" if what == "merged" else what)


def test_nonsense_is_refused(task: CallTask, caller: Actor, clock: VirtualClock, actor_in_role: Any) -> None:
    services.take(actor=caller, call_id=task.pk, clock=clock)
    for outcome, again_at in (("danced", None), ("later", NOW - dt.timedelta(days=1))):
        with pytest.raises(ValidationError):
            services.finish(actor=caller, call_id=task.pk, outcome=outcome, again_at=again_at, clock=clock)
    assert not task.attempts.exists()
    with pytest.raises(Http404):
        services.take(actor=caller, call_id=task.pk + 1, clock=clock)


def test_the_page_shows_the_script_and_a_key_for_each_outcome(task: CallTask, page: Any) -> None:
    CallTask.objects.update(due_at=NOW - dt.timedelta(days=9), expires_at=None)
    calls = page.get(reverse("channels:calls")).content.decode()
    assert "Renewal" in calls
    assert reverse("channels:call-next") in calls
    taken = page.post(reverse("channels:call-next"))
    assert taken.url == reverse("channels:call", args=[task.pk])
    content = page.get(taken.url).content.decode()
    assert "Would you like" in content
    assert 'data-shortcut="6"' in content
    wrong = page.post(reverse("channels:call-attempt", args=[task.pk]), {"outcome": "", "notes": "kept"})
    assert (wrong.status_code, "kept" in wrong.content.decode()) == (422, True)
    page.post(reverse("channels:call-attempt", args=[task.pk]), {"outcome": "reached"})
    assert "Reached" in page.get(taken.url).content.decode()


def test_the_api_takes_and_settles(task: CallTask, api: Any) -> None:
    CallTask.objects.update(expires_at=None)
    status, answer = api("GET", "/calls?state=waiting")
    assert (status, [row["id"] for row in answer["data"]]) == (200, [task.pk])
    assert api("POST", f"/calls/{task.pk}/attempts", {"outcome": "reached"})[0] == 422
    assert api("POST", f"/calls/{task.pk}/claim")[1]["state"] == "claimed"
    status, answer = api("POST", f"/calls/{task.pk}/attempts", {"outcome": "reached", "notes": "ok"})
    assert (status, answer["state"], answer["delivery_id"]) == (200, "done", str(task.reference))
    assert api("GET", f"/calls/{task.pk + 1}")[0] == 404


def test_what_is_held_is_handed_out_and_forgotten(task: CallTask, caller: Actor, clock: VirtualClock) -> None:
    services.take(actor=caller, call_id=task.pk, clock=clock)
    services.finish(actor=caller, call_id=task.pk, outcome="reached", notes="Wants blue", clock=clock)
    [call] = personal_data.export([task.person_id])["calls"]
    assert (call["number"], call["attempts"][0]["notes"]) == ("+493012345678", "Wants blue")
    assert personal_data.erase([task.person_id]) == {"channels_calltask": 1, "channels_callattempt": 1}
    assert not CallTask.objects.exists()


def test_their_time_is_the_persons(task: CallTask) -> None:
    assert queries.local_time(task.person, NOW).hour == 5
    assert queries.local_time(None, NOW).tzinfo is not None


def test_a_page_without_calls_leads_to_what_comes_before_the_first(page: Any) -> None:
    assert 'href="/settings/channels/new/calls/"' in page.get("/calls/").content.decode()
    ChannelAccount.objects.create(channel="phone", adapter="calls", name="Team", stream="both")
    shown = page.get("/calls/").content.decode()
    assert "/settings/channels/new/calls/" not in shown
    assert 'class="btn" href="/templates/new/"' in shown


def test_the_list_shows_what_came_of_a_call_in_words(
    page: Any, task: CallTask, caller: Actor, clock: VirtualClock
) -> None:
    services.take(actor=caller, call_id=task.pk, clock=clock)
    services.finish(actor=caller, call_id=task.pk, outcome="reached", clock=clock)
    shown = page.get("/calls/").content.decode()
    assert str(CallTask.Outcome.REACHED.label) in shown
    assert "bound method" not in shown
