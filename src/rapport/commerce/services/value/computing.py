"""Works out what all buyers are worth, in one transaction, and tells their profiles."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from rapport.commerce.models import BasketPair, CustomerValue, ProductInterval, ValueReport
from rapport.commerce.services.value import statements, traits
from rapport.core import jobs, sql
from rapport.core.access import Actor
from rapport.core.models import Job
from rapport.core.queries import workspace
from rapport.events.services.times import AHEAD
from rapport.people.services.changes import mark
from rapport.people.services.profile import TraitUpdate, apply_traits

KIND = "commerce.value"
CHUNK = 500


@transaction.atomic
def order_run(*, actor: Actor) -> Job:
    """Has it worked out in the background. Raises AlreadyQueued."""
    actor.require("orders.edit")
    return jobs.enqueue(actor=actor, kind=KIND, unique_key=KIND)


def run(job: jobs.RunningJob) -> dict[str, int]:
    """The job: of every night, and on demand. One that is tried again tells all, as the first try may not have."""
    is_again = bool(job.payload.get("begun"))
    Job.objects.filter(pk=job.row.pk).update(payload={"begun": True})
    changed = compute(job.clock.now())
    if is_again:
        changed = sorted({*changed, *CustomerValue.objects.values_list("pk", flat=True)})
    for first in range(0, len(changed), CHUNK):
        tell(changed[first : first + CHUNK], job.clock.now())
        job.step(done=min(first + CHUNK, len(changed)), total=len(changed))
    return {"people": len(changed)}


@transaction.atomic
def compute(now: dt.datetime) -> list[uuid.UUID]:
    """Brings values, pairs and intervals up to date; returns whose value is another now."""
    place = workspace()
    options = {"to": place.currency, "zone": place.time_zone, "latest": now + AHEAD}
    sql.run("SET LOCAL work_mem = '128MB'")
    sql.run("DROP TABLE IF EXISTS placed, earned, worth")
    sql.run(statements.PLACED, options)
    sql.run("ANALYZE placed")
    has_costs = sql.run("SELECT EXISTS (SELECT FROM commerce_variant WHERE cost IS NOT NULL)")[0][0]
    if has_costs:
        sql.run(statements.COSTS, options)
    else:
        sql.run(statements.NO_COSTS)
    sql.run(statements.VALUES)
    changed = [row[0] for statement in (statements.DROP, statements.KEEP) for row in sql.run(statement)]
    ValueReport.objects.update_or_create(
        id=1, defaults={"at": now, "currency": place.currency, "figures": _figures()}
    )
    BasketPair.objects.all().delete()
    ProductInterval.objects.all().delete()
    sql.run(statements.PAIRS, options)
    for statement in (statements.INTERVALS, statements.NAME_PAIRS, statements.NAME_INTERVALS):
        sql.run(statement)
    return changed


def _figures() -> dict[str, Any]:
    people, orders, net, repeat, unconverted, interval = sql.run(statements.SUMS)[0]
    cuts: dict[str, dict[str, str]] = {"recency": {}, "frequency": {}, "monetary": {}}
    for name, score, least in sql.run(statements.CUTS):
        cuts[name][str(score)] = least
    cohorts: dict[str, dict[str, Any]] = {}
    for month, later, buyers, spent in sql.run(statements.COHORTS):
        cells = cohorts.setdefault(month.isoformat(), {})
        cells[str(later)] = [buyers, str(round(spent, 2))]
    return {
        "people": people, "orders": int(orders), "net": str(round(net, 2)), "repeat": repeat,
        "unconverted": int(unconverted), "interval": round(float(interval), 1) if interval is not None else None,
        "groups": {name: [number, str(round(spent, 2))] for name, number, spent in sql.run(statements.GROUPS)},
        "cuts": cuts, "cohorts": cohorts, "missing": dict(sql.run(statements.MISSING)),
    }  # fmt: skip


@transaction.atomic
def tell(person_ids: Sequence[uuid.UUID], now: dt.datetime) -> None:
    """Writes their values as traits, so that segments, lists and messages can use them."""
    rows = {row.pk: row for row in CustomerValue.objects.filter(pk__in=person_ids)}
    changed = apply_traits(
        [
            TraitUpdate(person, traits.of(rows.get(person)), now, traits.SOURCE, "")
            for person in sorted(person_ids)
        ]
    )
    mark(changed)
