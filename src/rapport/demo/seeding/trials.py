"""The demo's experiment: which first page of the shop sells more, with its customers of the last weeks."""

from __future__ import annotations

import datetime as dt

from rapport.core.access import system
from rapport.core.clock import SYSTEM, Clock, VirtualClock
from rapport.experiments.models import Experiment
from rapport.experiments.services import assignments, counting, experiments, holdouts
from rapport.experiments.services.experiments import Plan, Way
from rapport.people.models import Person

DAYS = 30
MOST = 4_000
HOLDOUT = 2.0


def seed(clock: Clock = SYSTEM) -> bool:
    """Makes it, unless there is one; says whether it did."""
    if Experiment.objects.exists():
        return False
    actor, now = system("demo"), clock.now()
    began = VirtualClock(now - dt.timedelta(days=DAYS))
    experiment = experiments.create(
        actor=actor,
        key="shop-front",
        name="What the shop's first page shows",
        about=Experiment.About.PAGE,
        event="Order Completed",
        ways=[Way("New in", 45), Way("Best sellers", 45), Way("Holdout", 10, is_holdout=True)],
        plan=Plan(0.1, 0.2),
        window_days=DAYS,
    )
    experiment = experiments.start(actor=actor, experiment=experiment, clock=began)
    persons = Person.objects.filter(merged_into=None, erased_at=None, is_identified=True).order_by("id")
    ids = list(persons.values_list("pk", flat=True)[:MOST])
    given = assignments.variants_for(experiment, ids)
    assignments.expose(experiment, given, tell=False, clock=began)
    counting.count(experiment, now)
    holdouts.set_share(actor=actor, percent=HOLDOUT, clock=clock)
    return True
