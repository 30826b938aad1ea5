"""Journeys stand still on restored data, and do not wait for merges for ever."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection, connections, transaction

from rapport.core.access import system
from rapport.core.models import Incarnation
from rapport.core.services import held_work, incarnations, marks
from rapport.journeys.models import Enrolment, Journey
from rapport.journeys.services import loop
from rapport.journeys.tests.conftest import path, run_of
from rapport.people.services import families

STEPS: dict[str, Any] = {
    "a": {"type": "wait", "for": {"hours": 1}, "next": "b"},
    "b": {"type": "set_traits", "traits": {"vip": True}},
}


@pytest.fixture
def restored(clock, settings, tmp_path, monkeypatch):
    """`restored()`: from now on it is the data of another place."""
    settings.JOURNAL = tmp_path / "journal"
    monkeypatch.setattr(incarnations, "_confirmed", incarnations._Confirmed())

    def begin() -> None:
        here = marks.home()
        Incarnation.objects.create(
            cluster=here.cluster, place=here.place, began_at=clock.now(), origin="copied"
        )

    return begin


def test_nobody_goes_on_in_restored_data_until_the_owner_says_so(
    publish, happen, later, new_person, clock, restored
):
    row, ada = publish(STEPS), new_person("Ada")
    happen(ada, "Signed Up")
    restored()
    later(hours=2)
    assert path(run_of(ada)) == []
    (item,) = held_work.HELD_WORK["journeys"].items([], clock.now())
    assert (item.label, item.waiting, item.is_past_due) == ("Welcome", 1, True)
    held_work.decide(actor=system("an owner"), skip={"journeys": [item.id]}, clock=clock)
    assert Journey.objects.get(pk=row.pk).paused_at == clock.now()


def test_nobody_enters_by_date_in_restored_data(publish, later, new_person, clock, restored):
    birthday = {
        "type": "date",
        "trait": "born",
        "time": (clock.now() + dt.timedelta(hours=1)).strftime("%H:%M"),
    }
    row = publish(STEPS, birthday)
    new_person("Ada", born=f"1990-{clock.now():%m-%d}", timezone="UTC")
    restored()
    later(hours=1, minutes=20)
    assert not Enrolment.objects.exists()
    (item,) = held_work.HELD_WORK["journeys"].items([], clock.now())
    assert (item.waiting, item.is_past_due) == (0, True)
    held_work.decide(actor=system("an owner"), skip={"journeys": []}, clock=clock)
    loop.run_once(clock)
    assert Enrolment.objects.get().journey == row


@pytest.mark.django_db(transaction=True)
def test_the_loop_leaves_whoever_is_being_merged_for_later(publish, happen, later, new_person, clock):
    publish(STEPS)
    ada = new_person("Ada")
    happen(ada, "Signed Up")
    locked, done = threading.Event(), threading.Event()

    def merge() -> None:
        with transaction.atomic():
            families.lock_rows([ada.pk])
            locked.set()
            done.wait(30)
        connections.close_all()

    other = threading.Thread(target=merge)
    other.start()
    locked.wait(30)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '5s'")
    later(hours=2)
    assert path(run_of(ada)) == []
    done.set()
    other.join()
    loop.run_once(clock)
    assert path(run_of(ada)) == ["a", "b"]
