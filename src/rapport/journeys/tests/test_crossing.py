"""Merging, forgetting and moving on meet: whoever is seen too late is found again."""

from __future__ import annotations

import pytest
from django.db import transaction

from rapport.core import access, jobs
from rapport.core.clock import SYSTEM
from rapport.governance.services import erasure
from rapport.journeys import queries
from rapport.journeys.models import Enrolment, ListenedEvent
from rapport.journeys.services import entering, journeys, loop, personal_data, transfers
from rapport.journeys.services.entering import Entrant
from rapport.journeys.services.transfers import Transfer
from rapport.journeys.services.world import LiveWorld
from rapport.journeys.tests.conftest import heard, run_of, tidy_up
from rapport.people.services import merging

STEPS = {"a": {"type": "wait", "for": {"days": 1}}}


@pytest.mark.django_db(transaction=True)
def test_a_run_that_ends_while_a_merge_waits_for_it_stays_ended(
    publish, happen, later, new_person, actor, beside
):
    row, ada, twin = publish(STEPS), new_person("Ada"), new_person("Twin")
    happen(ada, "Signed Up")
    later(minutes=1)
    happen(twin, "Signed Up")
    with transaction.atomic():
        journeys.remove(actor=actor, enrolment_id=run_of(twin).pk)
        other = beside(lambda: personal_data.merge([(ada.pk, twin.pk)]))
        assert other.waits_for_a_lock()
    snapshots = other.outcome()
    assert Enrolment.objects.get(step="a", ended_at__isnull=False).outcome == "removed"
    personal_data.unmerge((ada.pk, twin.pk), snapshots[twin.pk])
    assert run_of(twin).outcome == "removed"
    assert queries.standing_by_step(row) == {"a": 1}


@pytest.mark.django_db(transaction=True)
def test_who_is_merged_while_they_reach_the_goal_reaches_it(
    publish, happen, new_person, actor, beside, clock
):
    publish(STEPS, goal={"event": "Paid"})
    ada, twin = new_person("Ada"), new_person("Twin")
    happen(twin, "Signed Up")
    heard(twin, "Paid", clock)
    with transaction.atomic():
        merging.merge_people(
            actor=actor, survivor_id=ada.pk, absorbed_id=twin.pk, rule="by hand", clock=clock
        )
        other = beside(lambda: loop.run_once(clock))
        assert other.waits_for_a_lock()
    assert other.outcome() == 1
    assert (run_of(ada).outcome, Enrolment.objects.count()) == ("goal", 1)


@pytest.mark.django_db(transaction=True)
def test_who_came_in_while_they_were_forgotten_or_merged_is_found(publish, new_person, actor, beside, clock):
    row, ada, twin, eve = publish(STEPS), new_person("Ada"), new_person("Twin"), new_person("Eve")
    entrants = [Entrant(twin.pk), Entrant(eve.pk)]
    with transaction.atomic():
        entering.enter(row, row.live, entrants, LiveWorld(clock.now()), clock)
        beside(lambda: merging.merge_people(
            actor=actor, survivor_id=ada.pk, absorbed_id=twin.pk, rule="by hand", clock=clock
        )).outcome()  # fmt: skip
        beside(lambda: erasure.erase(actor=actor, person_id=eve.pk, clock=clock)).outcome()
    assert set(Enrolment.objects.values_list("person", flat=True)) == {twin.pk, eve.pk}
    tidy_up(clock)
    assert list(Enrolment.objects.values_list("person", flat=True)) == [ada.pk]


def publish_next(actor, row, clock, **changes):
    journeys.edit(actor=actor, journey_id=row.pk, definition={**row.draft, **changes}, clock=clock)
    return journeys.publish(actor=actor, journey_id=row.pk, clock=clock)


@pytest.mark.django_db(transaction=True)
def test_who_came_in_while_another_version_was_published_still_hears(
    publish, happen, later, new_person, actor, beside, clock
):
    row, ada = publish(STEPS, goal={"event": "Paid"}), new_person("Ada")
    with transaction.atomic():
        entering.enter(row, row.live, [Entrant(ada.pk)], LiveWorld(clock.now()), clock)
        publishing = beside(lambda: publish_next(actor, row, clock, goal={"event": "Won"}))
        assert publishing.outcome().number == 2
    tidy_up(clock)
    happen(ada, "Paid")
    assert run_of(ada).outcome == "goal"
    later(hours=2)
    tidy_up(clock)
    assert not ListenedEvent.objects.filter(event="Paid").exists()


@pytest.mark.django_db(transaction=True)
def test_nobody_is_moved_to_a_version_that_is_followed_just_then(
    publish, happen, new_person, actor, user, beside, clock
):
    row = publish(STEPS)
    happen(new_person("Ada"), "Signed Up")
    publish_next(actor, row, clock, goal={"event": "Won"})
    moves = [Transfer(row.live_id, "a", "a")]
    transfers.order(actor=access.for_user(user), journey_id=row.pk, moves=moves, clock=clock)
    with transaction.atomic():
        publish_next(actor, row, clock, goal={"event": "Lost"})
        other = beside(lambda: jobs.run_once(SYSTEM, transfers.KIND))
        assert other.waits_for_a_lock()
    other.outcome()
    assert Enrolment.objects.get().version.number == 1
