"""Figures on the flow: counted with each move, the same before and after they are summed up; and alarms."""

from __future__ import annotations

import datetime as dt

from django.db.models import Sum

from rapport.journeys import alarms, queries
from rapport.journeys.editor import figures
from rapport.journeys.models import Enrolment, StepStanding, StepTally
from rapport.journeys.services import personal_data, tallies

STEPS = {
    "wait": {"type": "wait", "for": {"days": 2}, "next": "if"},
    "if": {"type": "if", "if": {"trait": "x", "op": "exists"}, "next": {"yes": "last"}},
    "last": {"type": "wait", "for": {"hours": 3}},
}


def test_the_flow_counts_who_passed_and_how_long_it_took(publish, happen, later, new_person, clock):
    row = publish(STEPS, goal={"event": "Bought"}, exits=[{"event": "Complained"}])
    ada, ben, cleo = new_person("Ada", x=1), new_person("Ben"), new_person("Cleo", x=1)
    for person in (ada, ben, cleo, new_person("Dan")):
        happen(person, "Signed Up")
    happen(new_person("Eve"), "Signed Up")
    happen(Enrolment.objects.get(person__name="Eve").person, "Complained")
    later(days=2)
    happen(ada, "Bought")

    def look():
        seen = figures.by_step(row, 30, clock.now())
        wait, fork, last = seen["wait"], seen["if"], seen["last"]
        assert (wait.passed, wait.dropped, wait.reached, wait.standing) == (4, 1, 1, 0)
        assert fork.share("yes") == "50%"
        assert (last.standing, fork.reached) == (1, 1)
        assert tallies.quantile(wait.times, 0.5) == 2 * 86400
        return queries.figures(row)

    before = look()
    assert before == {"entered": 5, "goal": 1, "completed": 2, "exit": 1, "standing": 1, "failing": 0}
    assert tallies.fold(clock.now()) > 0
    assert look() == before
    assert tallies.fold(clock.now()) == 0  # what is summed up already is left alone
    assert StepStanding.objects.count() == 1


def test_counters_follow_whoever_is_merged_or_forgotten(publish, happen, new_person):
    row = publish(STEPS)
    ada, ben = new_person("Ada"), new_person("Ben")
    happen(ada, "Signed Up")
    happen(ben, "Signed Up")
    snapshots = personal_data.merge([(ada.pk, ben.pk)])
    assert queries.standing_by_step(row) == {"wait": 1}
    personal_data.unmerge((ada.pk, ben.pk), snapshots[ben.pk])
    assert queries.standing_by_step(row) == {"wait": 2}
    personal_data.erase([ben.pk])
    assert queries.standing_by_step(row) == {"wait": 1}
    StepStanding.objects.all().delete()
    tallies.settle([row.pk])
    assert queries.standing_by_step(row) == {"wait": 1}


def test_two_workers_lose_no_count_and_a_drift_is_mended(publish, clock):
    row = publish(STEPS)
    for _worker in range(2):
        tally = tallies.Tally()
        tally.entered("wait", 3)
        tally.write(row.pk, row.live_id, clock.now())
    assert queries.standing_by_step(row) == {"wait": 6}
    tallies.settle([row.pk])
    assert queries.standing_by_step(row) == {}
    assert StepTally.objects.aggregate(n=Sum("count"))["n"] == 6


def test_alarms_tell_of_silence_failure_and_people_who_leave(publish, happen, new_person, clock):
    row = publish(STEPS)
    assert list(alarms.check(clock.now())) == []
    later = clock.now() + dt.timedelta(days=9)
    assert "Nobody has entered" in next(iter(alarms.check(later))).words
    row.quiet_days = 0
    row.save()
    assert list(alarms.check(later)) == []
    for name in "ABCDE":
        happen(new_person(name), "Signed Up")
    Enrolment.objects.update(error="broken")
    assert "5 people stand still" in next(iter(alarms.check(clock.now()))).words
    Enrolment.objects.update(error="")
    tally = tallies.Tally()
    for _person in range(30):
        tally.ended("wait", "exit")
    tally.write(row.pk, row.live_id, clock.now())
    assert "at “wait”" in next(iter(alarms.check(clock.now()))).words
