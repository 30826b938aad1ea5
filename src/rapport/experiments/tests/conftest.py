from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from rapport.core.access import Actor
from rapport.core.clock import VirtualClock
from rapport.experiments.models import Experiment
from rapport.experiments.services import experiments
from rapport.experiments.services.experiments import Plan, Way
from rapport.people.models import Person

START = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START)


@pytest.fixture
def begin(db: None, actor: Actor, clock: VirtualClock) -> Callable[..., Experiment]:
    """`begin("A", "B", holdout=1)`: an experiment that runs."""

    def make(*names: str, holdout: int = 0, **values: Any) -> Experiment:
        ways = [Way(name) for name in names or ("A", "B")]
        ways += [Way("Holdout", holdout, is_holdout=True)] if holdout else []
        given = {"key": "spring", "name": "Spring", "about": "subject", "event": "Order Completed"} | values
        row = experiments.create(actor=actor, ways=ways, plan=Plan(0.1, 0.2), **given)
        return experiments.start(actor=actor, experiment=row, by_subject=True, clock=clock)

    return make


@pytest.fixture
def somebody(db: None) -> Callable[..., list[Person]]:
    """`somebody(300)`: so many persons."""

    def create(number: int = 1) -> list[Person]:
        return Person.objects.bulk_create(
            Person(id=uuid.uuid4(), first_seen_at=START, last_seen_at=START) for _ in range(number)
        )

    return create
