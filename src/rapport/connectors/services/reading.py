"""Reading another system: all of it once, then what changed, and single records; each step with its place."""

from __future__ import annotations

import datetime as dt
import uuid
from contextlib import suppress
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.connectors import queries
from rapport.connectors.asking import Api, Missing, readable
from rapport.connectors.models import Connector, ConnectorResource, Outgoing
from rapport.connectors.registry import Page, Resource
from rapport.connectors.services import catalogue, codes, ours, paging, queueing, standing, taking, working
from rapport.core import jobs
from rapport.core.access import Actor, system
from rapport.core.clock import SYSTEM, Clock
from rapport.core.models import Job
from rapport.core.services import audit

BACKFILL, LOOK, RECORD = "connectors.backfill", "connectors.look", "connectors.record"
# Clocks differ, and what is written while it is read appears late: so much is read twice.
OVERLAP = dt.timedelta(minutes=5)
# No shop's clock is that wrong: what says so is something else's.
MOST_BEHIND = dt.timedelta(days=1)
# A product that was bought is read again for its stock: once for all orders of so long.
STOCK_AFTER = dt.timedelta(minutes=5)


@transaction.atomic
def order_backfill(
    *, actor: Actor, connector_id: uuid.UUID, afresh: bool = False, clock: Clock = SYSTEM
) -> Job:
    """Reads everything there is. One that was stopped goes on where it was, unless `afresh`.

    Raises ValidationError while one is under way, Http404.
    """
    actor.require("connectors.edit")
    row = _usable(actor, connector_id)
    if afresh or not row.resources.filter(backfilled_at=None).exists():
        row.resources.update(cursor=None, backfilled_at=None, began_at=None, records=0, total=None)
    payload, key = {"connector": str(row.pk)}, f"connector-backfill:{row.pk}"
    try:
        job = jobs.enqueue(actor=actor, kind=BACKFILL, payload=payload, unique_key=key, clock=clock)
    except jobs.AlreadyQueued as error:
        raise ValidationError(_("It is being read already.")) from error
    row.job = job
    row.save(update_fields=["job"])
    data = {"name": row.name, "kind": row.kind}
    audit.record(
        actor=actor,
        action="connector.backfilled",
        object_type="connector",
        object_id=row.pk,
        data=data,
        clock=clock,
    )
    return job


def backfill(job: jobs.RunningJob) -> dict[str, int]:
    """The job: page by page, each committed with the place where the next begins."""
    with working.at_work(job) as (connector, api):
        done = sum(row.records for row in queries.resources(connector))
        for row in queries.resources(connector):
            if row.backfilled_at is None:
                done = _read_all(job, connector, api, row, done)
    return {"records": done}


def _read_all(job: jobs.RunningJob, connector: Connector, api: Api, row: ConnectorResource, done: int) -> int:
    resource = working.resource_of(connector, row.key)
    row.began_at = row.began_at or job.clock.now()
    for page in paging.pages(resource, api, row.cursor or {}):
        now = job.clock.now()
        with transaction.atomic():
            _take(connector, api, resource, page, now, announce=False)
            row.records, row.total = row.records + len(page.rows), page.total or row.total
            row.cursor, done = page.cursor, done + len(page.rows)
            if page.cursor is None:
                row.backfilled_at = now
                catalogue.drop_missing(connector, resource, row.began_at, now)
            row.save()
            totals = connector.resources.values_list("total", flat=True)
            job.step(done=done, total=sum(total or 0 for total in totals), stage=str(resource.label))
    return done


def enqueue_due(job: jobs.RunningJob) -> dict[str, int]:
    """The job of every minute: has each connector looked at whose time has come."""
    now = job.clock.now()
    with transaction.atomic():
        ready = Connector.objects.filter(next_at__lte=now, disabled_at=None).exclude(rests_until__gt=now)
        due = jobs.claim_rows(ready.order_by("next_at"), limit=1_000)
        for row in due:
            row.next_at = now + dt.timedelta(minutes=row.every_minutes)
            look_soon(row, clock=job.clock)
        Connector.objects.bulk_update(due, ["next_at"])
    _have_written(now, job.clock)
    return {"connectors": len(due)}


def _have_written(now: dt.datetime, clock: Clock) -> None:
    """What waits to be written and is due, and codes that were issued meanwhile."""
    for row in Connector.objects.filter(disabled_at=None).exclude(rests_until__gt=now):
        codes.queue_codes(row, now)
        if row.outgoing.filter(state=Outgoing.State.WAITING, due_at__lte=now).exists():
            queueing.wake(row.pk, clock=clock)


def look_soon(row: Connector, *, clock: Clock) -> None:
    """Enqueues a look for what changed."""
    with suppress(jobs.AlreadyQueued):
        payload, key = {"connector": str(row.pk)}, f"connector-look:{row.pk}"
        jobs.enqueue(actor=system("connectors"), kind=LOOK, payload=payload, unique_key=key, clock=clock)


@transaction.atomic
def order_look(*, actor: Actor, connector_id: uuid.UUID, clock: Clock = SYSTEM) -> None:
    """Looks for what changed now. Raises Http404, ValidationError."""
    actor.require("connectors.edit")
    row = _usable(actor, connector_id)
    Connector.objects.filter(pk=row.pk).update(rests_until=None)
    look_soon(row, clock=clock)


def look(job: jobs.RunningJob) -> dict[str, int]:
    """The job: what changed since the last look."""
    records = 0
    with working.at_work(job) as (connector, api):
        for row in queries.resources(connector):
            records += _look_at(job, connector, api, row)
        # A system of which nothing is read yet is asked who it is, so that its page knows whether it works.
        if not api.requests and not records:
            with readable():
                queries.kind_of(connector).look(api)
            standing.count(connector, api, job.clock.now())
    return {"records": records}


def _look_at(job: jobs.RunningJob, connector: Connector, api: Api, row: ConnectorResource) -> int:
    resource = working.resource_of(connector, row.key)
    if row.seen_until is None:
        return 0
    began, read = job.clock.now(), 0
    cursor = {"since": (row.seen_until - OVERLAP).isoformat()}
    if row.looks:
        began, cursor = dt.datetime.fromisoformat(row.looks["began"]), row.looks["cursor"]
    for page in paging.pages(resource, api, cursor):
        now = job.clock.now()
        if not read and not row.looks and api.dated:  # what changes there is dated by that clock
            began = max(min(began, api.dated), began - MOST_BEHIND)
        with transaction.atomic():
            _take(connector, api, resource, page, now, announce=True)
            row.looks = (
                {"cursor": page.cursor, "began": began.isoformat()} if page.cursor is not None else None
            )
            if page.cursor is None:
                row.seen_until = began
            row.save(update_fields=["looks", "seen_until"])
            read += len(page.rows)
            job.step(done=read, stage=str(resource.label))
    return read


def _take(
    connector: Connector, api: Api, resource: Resource, page: Page, now: dt.datetime, *, announce: bool
) -> None:
    taken = taking.read(connector, resource, page.rows, now)
    taking.write(connector, resource, taken, now, announce=announce)
    ask_for(connector, taken if announce else taking.Taken(incomplete=taken.incomplete))
    standing.count(connector, api, now, records=len(page.rows), events=len(taken.events))


@transaction.atomic
def order_record(
    *, actor: Actor, connector_id: uuid.UUID, resource: str, external_id: str, clock: Clock = SYSTEM
) -> Job:
    """Reads one record again, as it is now. Raises Http404, ValidationError by field."""
    actor.require("connectors.edit")
    row = _usable(actor, connector_id)
    if queries.kind_of(row).resource(resource) is None:
        raise ValidationError({"resource": _("It has no such records.")})
    if not 0 < len(external_id.strip()) <= 200:
        raise ValidationError({"external_id": _("Give the id that it has there.")})
    data = {"name": row.name, "resource": resource, "record": external_id.strip()}
    audit.record(
        actor=actor,
        action="connector.record_read",
        object_type="connector",
        object_id=row.pk,
        data=data,
        clock=clock,
    )
    return record_soon(row, resource, external_id.strip(), actor=actor, clock=clock)


def record_soon(
    row: Connector,
    resource: str,
    external_id: str,
    *,
    actor: Actor,
    wait: dt.timedelta = dt.timedelta(),
    clock: Clock = SYSTEM,
) -> Job:
    """Once for all who ask meanwhile; those who wait do not hold up those who do not."""
    payload = {"connector": str(row.pk), "resource": resource, "id": external_id}
    kind = "later" if wait else "record"
    key = f"connector-{kind}:{row.pk}:{resource}:{external_id}"[:200]
    try:
        return jobs.enqueue(
            actor=actor, kind=RECORD, payload=payload, unique_key=key, at=clock.now() + wait, clock=clock
        )
    except jobs.AlreadyQueued:
        return Job.objects.get(unique_key=key, state__in=Job.LIVE)


def record(job: jobs.RunningJob) -> dict[str, int]:
    """The job: one record as it is now."""
    with working.at_work(job) as (connector, api):
        resource = working.resource_of(connector, job.payload["resource"])
        now = job.clock.now()
        try:
            row = paging.single(resource, api, job.payload["id"])
        except Missing:
            return _is_gone(job, connector, resource, now)
        with transaction.atomic():
            taken = taking.read(connector, resource, [row], now)
            taking.write(connector, resource, taken, now, announce=True)
            standing.count(connector, api, now, records=1, events=len(taken.events))
            job.step()
        for reason in taken.left_out.values():
            raise jobs.JobFailed(reason)
    return {"events": len(taken.events)}


def _is_gone(
    job: jobs.RunningJob, connector: Connector, resource: Resource, now: dt.datetime
) -> dict[str, int]:
    """What is not there any more is no longer left out, and a product is gone. Raises Missing for what never was."""
    with transaction.atomic():
        left_out = connector.left_out.filter(resource=resource.key, external_id=job.payload["id"])
        if not (left_out.delete()[0] + catalogue.forget(connector, resource, [job.payload["id"]], now)):
            raise jobs.JobFailed(_("There is no such record (any more)."))
        job.step()
    return {"events": 0}


def ask_for(connector: Connector, taken: taking.Taken) -> None:
    """Has records read by themselves: what came without what hangs on it, and customers that nobody knows yet."""
    for resource, name in sorted(taken.incomplete):
        record_soon(connector, resource, name, actor=system("connectors"))
    names = {id.removeprefix(ours.prefix(connector)) for id in taken.accounts}
    if names and queries.kind_of(connector).resource("customers"):
        for name in sorted(names - ours.persons_of(connector, names).keys()):
            record_soon(connector, "customers", name, actor=system("connectors"))
    goods = queries.kind_of(connector).resource("products")
    for name in sorted(taken.bought.get(goods.bought_as, ()) if goods else ()):
        record_soon(connector, "products", name, actor=system("connectors"), wait=STOCK_AFTER)


def _usable(actor: Actor, connector_id: uuid.UUID) -> Connector:
    row = queries.connector_for(actor, connector_id, lock=True)
    if row.disabled_at is not None:
        raise ValidationError(_("It is switched off; switch it on first."))
    return row


def progress(connector: Connector) -> dict[str, Any]:
    """Of a full reading under way: what it is at, how far, and of how much; empty when there is none."""
    job = connector.job
    return {"stage": job.stage, "done": job.done, "total": job.total} if job and job.is_live else {}
