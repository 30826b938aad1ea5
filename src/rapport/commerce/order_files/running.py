"""A file into the event log: its rows are staged first, because those of one order may stand anywhere in it.

What a block brings and the place reached are committed together, so a run that is killed goes on where it stopped.
An order is told when what the file says of it differs from what files said last; what was said before is taken back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import groupby, islice
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from rapport.commerce.feeds import reading
from rapport.commerce.models import Order, OrderFile, OrderFileError, OrderFileRow, ToldOrder
from rapport.commerce.order_files import lines, making
from rapport.commerce.order_files.lines import Mapper, Unfit
from rapport.commerce.order_files.making import Told
from rapport.commerce.services.order_facts.copying import copy
from rapport.commerce.services.order_facts.stored import subject_id
from rapport.commerce.services.order_facts.vocabulary import ORDER
from rapport.commerce.services.orders.requests import order_source
from rapport.core import jobs, sql
from rapport.core.queries import workspace
from rapport.events.services import log as event_log
from rapport.events.services.envelope import Event
from rapport.events.services.times import AHEAD
from rapport.transfers.imports import readers

JOB = "commerce.order-file"
SOURCE = "Order files"
BLOCK, ORDERS, MOST_ERRORS = 5_000, 500, 50_000
# An order of more rows than this is told in parts elsewhere; an event holds so many products.
MOST_ROWS = 10_000
State = OrderFile.State
_KEYS = """
    SELECT DISTINCT key FROM commerce_orderfilerow WHERE run_id = %b AND key > %b ORDER BY key LIMIT %b
"""
_ROWS = """
    SELECT key, number, content FROM commerce_orderfilerow WHERE run_id = %b AND key = ANY(%b) ORDER BY key, number
"""


def read_file(job: jobs.RunningJob) -> dict[str, int]:
    """The job: stages the rows that are not yet, then tells of the orders that are not yet told."""
    run = OrderFile.objects.filter(pk=job.payload["run"]).first()
    if run is None:
        raise jobs.JobFailed(_("The record it was for no longer exists."))
    OrderFile.objects.filter(pk=run.pk).update(state=State.RUNNING, job=job.row)
    try:
        mapper = mapper_of(run)
        if not run.reached:
            _stage(run, mapper, job)
        _tell(run, mapper, job)
    except (readers.Unreadable, FileNotFoundError) as error:
        raise jobs.JobFailed(str(error)) from error
    with transaction.atomic():
        OrderFileRow.objects.filter(run=run).delete()
        OrderFile.objects.filter(pk=run.pk).update(state=State.DONE, finished_at=job.clock.now())
        job.finish({"orders": run.added + run.changed, "unchanged": run.unchanged, "errors": run.errors})
    return {}


def ended(job: Any) -> None:
    """A run whose job failed or was cancelled has failed, with the reason; its rows wait for nothing."""
    failed = OrderFile.objects.filter(pk=job.payload["run"], state__in=(State.WAITING, State.RUNNING))
    if failed.update(state=State.FAILED, trouble=job.last_error[:500]):
        OrderFileRow.objects.filter(run=job.payload["run"]).delete()


def mapper_of(run: OrderFile) -> Mapper:
    """What the columns of a run's file mean, and how it writes dates and numbers. Raises readers.Unreadable."""
    columns = run.mapping["columns"]
    cells = [row.cells for row in reading.sample(run.file, run.name)]
    notations = lines.notations(cells, columns, run.mapping)
    return Mapper(columns, notations, ZoneInfo(workspace().time_zone), run.created_at + AHEAD)


def _stage(run: OrderFile, mapper: Mapper, job: jobs.RunningJob) -> None:
    with reading.rows(run.file, run.name, skip=run.position) as rows:
        while block := list(islice(rows, BLOCK)):
            staged, errors = _read(run, mapper, block)
            with transaction.atomic():
                copy("commerce_orderfilerow", ("run_id", "number", "key", "content"), staged)
                _note(run, errors)
                run.position = block[-1].number
                run.save(update_fields=["position", "errors"])
                job.step(done=run.position)


def _read(
    run: OrderFile, mapper: Mapper, block: Sequence[reading.Row]
) -> tuple[list[tuple[int, int, str, str]], list[OrderFileError]]:
    staged: list[tuple[int, int, str, str]] = []
    errors: list[OrderFileError] = []
    for row in block:
        key = "" if row.problem else mapper.key(row.cells)
        try:
            if row.problem:
                raise Unfit(row.problem)
            if not key:
                raise Unfit(_("The row has no number of an order or a receipt."))
            staged.append((run.pk, row.number, key, lines.encode(mapper.row(row.cells)).decode()))
        except Unfit as error:
            errors.append(_error(run, row.number, str(error)))
            if key:
                staged.append((run.pk, row.number, key, ""))
    return staged, errors


def _error(run: OrderFile, number: int, reason: str) -> OrderFileError:
    return OrderFileError(run=run, row=number, reason=reason.replace("\0", "")[:500])


def _note(run: OrderFile, errors: Sequence[OrderFileError]) -> None:
    OrderFileError.objects.bulk_create(errors[: max(0, MOST_ERRORS - run.errors)])
    run.errors += len(errors)


def _tell(run: OrderFile, mapper: Mapper, job: jobs.RunningJob) -> None:
    source = order_source(SOURCE).pk
    done = run.added + run.changed + run.unchanged
    while keys := [row[0] for row in sql.run(_KEYS, [run.pk, run.reached, ORDERS])]:
        with transaction.atomic():
            entries, errors = [], []
            for key, rows in groupby(sql.run(_ROWS, [run.pk, sql.TextArray(keys)]), lambda row: row[0]):
                taken, refused = _order(
                    run, mapper, key, [(number, content) for _key, number, content in rows]
                )
                entries += taken
                errors += refused
            _note(run, errors)
            _append(run, entries, source, job.clock.now())
            run.reached, done = keys[-1], done + len(entries)
            run.save(update_fields=["reached", "added", "changed", "unchanged", "errors"])
            job.step(done=run.position)


def _order(
    run: OrderFile, mapper: Mapper, key: str, rows: Sequence[tuple[int, str]]
) -> tuple[list[Told], list[OrderFileError]]:
    """What the rows of one number say; an order that lacks a row is not told at all, because its sum would be wrong."""
    if any(not content for _number, content in rows):
        why = _("Another row of this order cannot be read, so none of them was taken.")
        return [], [_error(run, number, why) for number, content in rows if content]
    if len(rows) > MOST_ROWS:
        why = _("An order of more than %(most)d rows cannot be taken.") % {"most": MOST_ROWS}
        return [], [_error(run, rows[0][0], why)]
    read = [lines.decode(content) for _number, content in rows]
    if all(making.is_stock(row) for row in read):
        why = _("Nobody bought it: there is neither a customer nor a price. It is a correction of stock.")
        return [], [_error(run, number, why) for number, _content in rows]
    options = {"store": run.store, "currency": run.currency}
    if mapper.is_numbered:
        return [making.told(key.rpartition("\x1f")[2], read, **options)], []
    names = (f"{key} {place}" if place else key for place in range(len(read)))
    return [making.told(name, [row], **options) for name, row in zip(names, read, strict=True)], []


def _append(run: OrderFile, entries: Sequence[Told], source: int, now: dt.datetime) -> None:
    """Tells what is new; what files said of these orders before is taken back."""
    before = ToldOrder.objects.select_for_update().in_bulk([entry.id for entry in entries])
    rows: list[ToldOrder] = []
    events: list[Event] = []
    replaced: list[ToldOrder] = []
    for entry in entries:
        last, digest = before.get(entry.id), entry.digest
        if last and bytes(last.digest) == digest:
            run.unchanged += 1
            continue
        if last:
            run.changed += 1
            replaced.append(last)
        else:
            run.added += 1
        own = making.events_of(entry, f"file-{run.pk}")
        events += own
        messages = [event.message_id for event in own]
        rows.append(
            ToldOrder(
                id=entry.id, run=run, digest=digest, messages=messages, store=entry.store, names=entry.names
            )
        )
    ToldOrder.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["run", "digest", "messages", "names"],
    )
    events = withdrawals(replaced, now) + events
    for first in range(0, len(events), 500):
        event_log.append(source, events[first : first + 500], now)


def withdrawals(entries: Sequence[ToldOrder], now: dt.datetime) -> list[Event]:
    """What takes back the events by which orders were told last, for each order that they were about."""
    about = {subject_id(ORDER, last.store, name): (last, name) for last in entries for name in last.names}
    people = dict(Order.objects.filter(pk__in=about).values_list("pk", "person_id"))
    return [
        making.withdrawal(last.store, name, last.messages, people.get(pk), now)
        for pk, (last, name) in about.items()
    ]
