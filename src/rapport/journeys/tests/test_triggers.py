"""People come in by dates of theirs, by the calendar, by forms, messages and other journeys, and in crowds."""

from __future__ import annotations

import datetime as dt
import itertools
from zoneinfo import ZoneInfo

import pytest

from rapport.core.access import Actor
from rapport.journeys.models import Enrolment, Intake, Timetable
from rapport.journeys.services import intakes, journeys, loop, timetables
from rapport.journeys.tests.conftest import run_of
from rapport.people.models import Person
from rapport.segments.services import lists

END = {"a": {"type": "end"}}
BIRTHDAY = {"type": "date", "trait": "birthday", "time": "09:00", "offset": -1}
UTC = ZoneInfo("UTC")


def born(new_person, name: str, day: str, zone: str = "UTC") -> Person:
    person = new_person(name)
    person.traits = {"birthday": day, "timezone": zone}
    person.save(update_fields=["traits"])
    return person


def test_a_birthday_comes_every_year_by_the_clock_of_the_person(publish, later, new_person, clock):
    clock.advance(dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC) - clock.now())
    publish(END, BIRTHDAY)
    people = [
        born(new_person, "Ada", "1990-06-03"),
        born(new_person, "Bob", "1990-06-03T08:00:00Z", "Pacific/Auckland"),
        born(new_person, "Eve", "1990-06-04"),
        born(new_person, "Joe", "of old"),
    ]
    later(hours=9.5)  # 9:30 of the next day in Auckland
    assert [person.name for person in people if Enrolment.objects.filter(person=person)] == ["Bob"]
    for _quarter in range(12 * 4):
        later(minutes=15)
    assert [person.name for person in people if Enrolment.objects.filter(person=person)] == ["Ada", "Bob"]
    assert run_of(people[0]).key == "2026-06-03"
    clock.advance(dt.datetime(2027, 6, 2, 8, 50, tzinfo=dt.UTC) - clock.now())
    later(minutes=1)
    later(minutes=15)
    assert Enrolment.objects.filter(person=people[0]).count() == 2


@pytest.mark.parametrize(
    ("given", "year", "expected"),
    [
        ("2000-02-29", 2027, "2027-02-28"),
        ("2000-02-29", 2028, "2028-02-29"),
        ("2000-03-01", 2027, "2027-03-01"),
    ],
)
def test_who_was_born_on_a_leap_day_is_greeted_each_year(given, year, expected):
    assert timetables.anniversary(dt.date.fromisoformat(given), year).isoformat() == expected
    trigger = {**BIRTHDAY, "offset": 0}
    since = dt.datetime.fromisoformat(f"{expected}T00:00:00+00:00")
    [(day, moment)] = timetables.moments(trigger, given, UTC, since, since + dt.timedelta(days=1))
    assert (day.isoformat(), moment.hour) == (expected, 9)


def test_a_time_that_the_clocks_leave_out_still_comes_and_nobody_is_left_out_between_two_looks():
    trigger = {"type": "date", "trait": "x", "yearly": False, "time": "02:30"}
    zone, start = ZoneInfo("Europe/Berlin"), dt.datetime(2026, 3, 28, 12, tzinfo=dt.UTC)
    steps = [start + dt.timedelta(minutes=15) * at for at in range(200)]
    moments = [
        moment
        for since, until in itertools.pairwise(steps)
        for _day, moment in timetables.moments(trigger, "2026-03-29", zone, since, until)
    ]
    assert moments == [dt.datetime(2026, 3, 29, 1, tzinfo=dt.UTC)]


@pytest.fixture
def friends(actor: Actor, new_person, clock):
    people = [new_person(f"Friend {at}") for at in range(5)]
    segment = lists.create_list(actor=actor, name="Friends", key="friends", clock=clock)
    lists.add_people(
        actor=actor, segment=segment, person_ids=[row.pk for row in people], how="test", clock=clock
    )
    return people


def test_a_schedule_lets_the_segment_in_each_time_and_only_once(publish, later, friends, clock):
    schedule = {"type": "schedule", "unit": "day", "time": "08:00", "segment": "friends"}
    publish(END, schedule, entry={"again": "never"})
    later(days=1)
    assert Enrolment.objects.count() == 5
    later(minutes=30)
    assert Enrolment.objects.count() == 5
    later(days=5)  # after an outage: the last time, not each that was missed
    assert Enrolment.objects.count() == 10
    assert Enrolment.objects.filter(is_bulk=True).count() == 10


def test_those_already_in_a_segment_are_let_in_little_by_little(
    publish, later, friends, actor, clock, new_person
):
    row = publish(END, {"type": "segment_entered", "segment": "friends"})
    seen = intakes.preview(actor=actor, journey_id=row.pk, segment_key="friends", clock=clock)
    assert (seen.members, seen.enter, seen.refused) == (5, 5, {})
    intakes.start(actor=actor, journey_id=row.pk, segment_key="friends", per_hour=24, clock=clock)
    loop.run_once(clock)
    assert Enrolment.objects.count() == 2
    later(minutes=4)
    assert Enrolment.objects.count() == 2
    later(minutes=1)
    assert Enrolment.objects.count() == 4
    later(minutes=5)
    intake = Intake.objects.get()
    assert (intake.state, intake.looked_at, intake.entered) == ("ended", 5, 5)
    seen = intakes.preview(actor=actor, journey_id=row.pk, segment_key="friends", clock=clock)
    assert (seen.enter, seen.refused) == (0, {"again": 5})


def test_a_crowd_that_was_stopped_lets_in_nobody_more(publish, later, friends, actor, clock):
    row = publish(END, {"type": "api"})
    intake = intakes.start(actor=actor, journey_id=row.pk, segment_key="friends", per_hour=24, clock=clock)
    loop.run_once(clock)
    intakes.stop(actor=actor, intake_id=intake.pk, clock=clock)
    later(hours=1)
    assert Enrolment.objects.count() == 2


def test_forms_messages_and_journeys_let_people_in(publish, happen, new_person, clock):
    publish(END, {"type": "form", "form": "contact"})
    publish(END, {"type": "message", "channel": "sms"})
    other = publish(END, {"type": "event", "event": "Paid"})
    publish(END, {"type": "journey", "journey": str(other.pk), "when": "ended"})
    ada = new_person("Ada")
    happen(ada, "Form Submitted", form="contact")
    happen(ada, "Form Submitted", form="other")
    happen(ada, "Message Replied", channel="sms")
    happen(ada, "Message Replied", channel="email")
    happen(ada, "Journey Left", journey_id=str(other.pk), outcome="completed")
    happen(ada, "Journey Left", journey_id="another", outcome="completed")
    assert Enrolment.objects.filter(person=ada).count() == 3


def test_another_version_forgets_the_timetable_of_the_one_before(publish, actor, clock):
    row = publish(END, BIRTHDAY)
    assert Timetable.objects.filter(journey=row).exists()
    definition = {**row.draft, "trigger": {"type": "api"}}
    journeys.edit(actor=actor, journey_id=row.pk, definition=definition, clock=clock)
    journeys.publish(actor=actor, journey_id=row.pk, clock=clock)
    assert not Timetable.objects.filter(journey=row).exists()


def test_a_correction_on_the_day_leaves_nobody_out(publish, later, new_person, actor, clock):
    clock.advance(dt.datetime(2026, 6, 2, 8, 53, tzinfo=dt.UTC) - clock.now())
    row = publish(END, BIRTHDAY)
    ada = born(new_person, "Ada", "1990-06-03")
    later(minutes=10)  # 9:03, and she is looked for at 9:08
    definition = {**row.draft, "steps": {"a": {"type": "end", "title": "Corrected"}}}
    journeys.edit(actor=actor, journey_id=row.pk, definition=definition, clock=clock)
    journeys.publish(actor=actor, journey_id=row.pk, clock=clock)
    later(minutes=15)
    assert Enrolment.objects.filter(person=ada).count() == 1


class Ticking:
    """Five seconds later each time it is asked, as while a batch is worked on."""

    def __init__(self, at: dt.datetime) -> None:
        self.at = at

    def now(self) -> dt.datetime:
        self.at += dt.timedelta(seconds=5)
        return self.at


def test_a_moment_during_a_look_is_seen_once(publish, later, new_person, clock):
    clock.advance(dt.datetime(2026, 6, 2, 8, tzinfo=dt.UTC) - clock.now())
    publish(END, BIRTHDAY, entry={"again": "always"})
    ada = born(new_person, "Ada", "1990-06-03")
    timetables.run_once(Ticking(dt.datetime(2026, 6, 2, 8, 59, 48, tzinfo=dt.UTC)))
    later(hours=1.01)
    later(minutes=15)
    assert Enrolment.objects.filter(person=ada).count() == 1


def test_a_timetable_that_fails_keeps_no_other_from_its_turn(publish, later, new_person, clock):
    clock.advance(dt.datetime(2026, 6, 2, 8, 50, tzinfo=dt.UTC) - clock.now())
    publish(END, BIRTHDAY)
    broken = publish(END, BIRTHDAY)
    broken.live.definition["trigger"]["time"] = "never"
    broken.live.save(update_fields=["definition"])
    ada = born(new_person, "Ada", "1990-06-03")
    later(minutes=30)
    assert Enrolment.objects.filter(person=ada).count() == 1
