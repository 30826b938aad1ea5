"""Variants are drawn by a hash, the same everywhere, and stay with whoever met them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from rapport.core import sql
from rapport.core.access import Actor
from rapport.core.clock import VirtualClock
from rapport.core.models import OutboxEvent
from rapport.experiments.models import Exposure
from rapport.experiments.services import assignments, drawing, experiments, holdouts
from rapport.experiments.services.personal_data import HOLDER, MERGEABLE
from rapport.experiments.statistics import balance
from rapport.people.models import Identifier


def test_python_and_sql_draw_alike_and_evenly(db: None) -> None:
    units = [str(uuid.uuid4()) for _number in range(20_000)]
    place = drawing.place_sql("%b::text", "u")
    statement = f"SELECT {place} FROM unnest(%b::text[]) WITH ORDINALITY AS t (u, n) ORDER BY n"
    in_sql = [place for (place,) in sql.run(statement, ["salt", units])]
    assert in_sql == [drawing.place("salt", unit) for unit in units]
    counts = Counter(place // 1_000 for place in in_sql)
    assert balance.mismatch([counts[tenth] for tenth in range(10)], [1] * 10) > balance.ALPHA
    ends = drawing.edges([1, 2, 1])
    assert [drawing.drawn(place, ends) for place in (0, 2_499, 2_500, 7_499, 7_500, 9_999)] == [
        0,
        0,
        1,
        1,
        2,
        2,
    ]


def test_a_variant_stays_whatever_happens_to_the_weights(
    begin: Callable[..., Any], somebody: Callable[..., Any], clock: VirtualClock
) -> None:
    experiment = begin("A", "B", holdout=2)
    persons = [person.pk for person in somebody(400)]
    given = assignments.variants_for(experiment, persons)
    assert set(Counter(variant.name for variant in given.values())) == {"A", "B", "Holdout"}
    met = {person: given[person] for person in persons[:200]}
    assert assignments.expose(experiment, met, clock=clock) == 200
    assert assignments.expose(experiment, met, clock=clock) == 0
    experiment.variants.filter(name="B").update(weight=50)
    again = assignments.variants_for(experiment, persons)
    assert all(again[person].pk == variant.pk for person, variant in met.items())
    assert Counter(again[person].name for person in persons[200:])["B"] > 150


def test_of_two_who_become_one_the_earlier_exposure_stands(
    begin: Callable[..., Any], somebody: Callable[..., Any], clock: VirtualClock
) -> None:
    experiment = begin()
    first, second = somebody(2)
    ways = list(experiment.variants.order_by("pk"))
    assignments.expose(experiment, {second.pk: ways[1]}, clock=clock)
    clock.advance(dt.timedelta(hours=1))
    assignments.expose(experiment, {first.pk: ways[0]}, clock=clock)
    snapshots = MERGEABLE.merge([(first.pk, second.pk)])
    assert assignments.variant_for(experiment, person_id=first.pk) == ways[1]
    assert assignments.variants_for(experiment, [first.pk])[first.pk] == ways[1]
    assert [row.variant for row in assignments.first_exposures([first.pk])] == [ways[1]]
    MERGEABLE.unmerge((first.pk, second.pk), snapshots[second.pk])
    assert assignments.variant_for(experiment, person_id=first.pk) == ways[0]


def test_a_visitor_keeps_what_the_device_met_once_they_are_known(
    begin: Callable[..., Any], somebody: Callable[..., Any], clock: VirtualClock
) -> None:
    experiment, (ada,) = begin(), somebody()
    device = next(
        f"d{n}" for n in range(99) if _names(experiment, f"d{n}") != _names(experiment, str(ada.pk))
    )
    seen = assignments.variant_for(experiment, anonymous_id=device, expose=True, clock=clock)
    assert OutboxEvent.objects.count() == 0
    later = assignments.variant_for(
        experiment, person_id=ada.pk, anonymous_id=device, expose=True, clock=clock
    )
    assert later == seen
    assert Exposure.objects.get().person == ada
    assert assignments.variants_for(experiment, [ada.pk])[ada.pk] == seen
    assert b"Experiment Viewed" in OutboxEvent.objects.get().payload
    assert HOLDER.export([ada.pk])["experiments"][0]["variant"] == seen.name
    assert HOLDER.erase([ada.pk]) == {"experiments_exposure": 1}
    assert not Exposure.objects.filter(person=ada).exists()


def test_what_a_device_of_theirs_met_is_forgotten_with_the_person(
    begin: Callable[..., Any], somebody: Callable[..., Any], clock: VirtualClock
) -> None:
    experiment, (ada, ben) = begin(), somebody(2)
    for device in ("d1", "d2"):
        Identifier.objects.create(person=ada, type="anonymous_id", value=device, first_seen_at=clock.now())
    assignments.variant_for(experiment, anonymous_id="d1", expose=True, clock=clock)
    assignments.variant_for(experiment, person_id=ben.pk, anonymous_id="d2", expose=True, clock=clock)
    assert len(HOLDER.export([ada.pk])["experiments"]) == 1
    assert HOLDER.erase([ada.pk]) == {"experiments_exposure": 1}
    assert Exposure.objects.get().person == ben


def _names(experiment: Any, unit: str) -> int:
    return drawing.drawn(drawing.place(experiment.salt, unit), drawing.edges([1, 1]))


def test_the_holdout_grows_without_letting_anybody_go(actor: Actor, somebody: Callable[..., Any]) -> None:
    persons = [person.pk for person in somebody(2_000)]
    assert not holdouts.members(persons)
    holdouts.set_share(actor=actor, percent=5)
    few = set(holdouts.members(persons))
    holdouts.set_share(actor=actor, percent=10)
    more = set(holdouts.members(persons))
    assert few < more
    assert 150 < len(more) < 250
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT p FROM unnest(%s::uuid[]) p WHERE {holdouts.member_sql('p')}", [persons])
        assert {person for (person,) in cursor.fetchall()} == more
    assert holdouts.in_holdout(next(iter(few)))
    holdouts.set_share(actor=actor, percent=10, anew=True)
    assert set(holdouts.members(persons)) != more
    with pytest.raises(ValidationError):
        holdouts.set_share(actor=actor, percent=51)


def test_another_share_is_measured_from_when_it_is_set(db: None, actor: Actor, clock: VirtualClock) -> None:
    begun = holdouts.set_share(actor=actor, percent=5, clock=clock).since
    clock.advance(dt.timedelta(days=9))
    assert holdouts.set_share(actor=actor, percent=5, clock=clock).since == begun
    assert holdouts.set_share(actor=actor, percent=10, clock=clock).since == clock.now()
    clock.advance(dt.timedelta(days=9))
    assert holdouts.set_share(actor=actor, percent=5, clock=clock).since == clock.now()
    assert holdouts.set_share(actor=actor, percent=0, clock=clock).since is None


def test_after_a_decision_everybody_gets_the_winner(
    begin: Callable[..., Any], somebody: Callable[..., Any], actor: Actor, clock: VirtualClock
) -> None:
    experiment = experiments.decide(actor=actor, experiment=begin(), variant_key="b", clock=clock)
    assert {variant.key for variant in assignments.variants_for(experiment, [uuid.uuid4()]).values()} == {"b"}
    assert assignments.variant_for(experiment, anonymous_id="x").key == "b"
    with pytest.raises(ValidationError):
        experiments.stop(actor=actor, experiment=experiment)
