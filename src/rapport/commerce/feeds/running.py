"""A file into the catalogue, block by block: what a row says again costs a look at its hash, the rest goes in at once.

A block's products, prices, stock, errors and the position reached are committed together, so a run that is killed goes
on where it stopped.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.commerce.feeds import ahead as ahead_of
from rapport.commerce.feeds import journal, missing, reading
from rapport.commerce.feeds import mapping as mappings
from rapport.commerce.feeds.ahead import Ahead, Read
from rapport.commerce.feeds.mapping import Mapper
from rapport.commerce.feeds.reading import Row
from rapport.commerce.models import FeedRowError, FeedRun
from rapport.commerce.services import products
from rapport.commerce.services.items import Item
from rapport.core import jobs, sql
from rapport.core.queries import workspace
from rapport.transfers.imports import readers

MOST_ERRORS = 10_000
JOB = "commerce.feed"
State = FeedRun.State
SAID = "SELECT external_id, hash, run FROM commerce_feeditem WHERE feed_id = %b AND external_id = ANY(%b)"
SEEN = "UPDATE commerce_feeditem SET run = %b WHERE feed_id = %b AND external_id = ANY(%b)"
KEEP = """
    INSERT INTO commerce_feeditem (feed_id, external_id, hash, run)
    SELECT %b, said.id, said.hash, %b FROM unnest(%b::text[], %b::bytea[]) said(id, hash)
    ON CONFLICT (feed_id, external_id) DO UPDATE SET hash = excluded.hash, run = excluded.run
"""


@dataclass(slots=True)
class Block:
    """What becomes of some rows: items to write, rows that say nothing new, and errors."""

    items: list[Item]
    hashes: dict[str, bytes]
    unchanged: list[str]
    errors: list[FeedRowError]


def read_file(job: jobs.RunningJob) -> dict[str, int]:
    """The job: takes one file from the row after the last one that is in."""
    run = FeedRun.objects.select_related("feed__catalogue").filter(pk=job.payload["run"]).first()
    if run is None:
        raise jobs.JobFailed(_("The record it was for no longer exists."))
    FeedRun.objects.filter(pk=run.pk).update(state=State.RUNNING, job=job.row)
    try:
        mapper = mapper_of(run)
        announce = run.feed.runs.filter(state=State.DONE).exists()
        with reading.rows(run.file, run.name, skip=run.position) as rows:
            ahead = Ahead(mapper, rows, is_news=not announce)
            with closing(ahead.blocks()) as blocks:  # nobody reads on in a file that is closed
                for block in blocks:
                    _take(run, ahead, block, announce=announce, job=job)
    except (readers.Unreadable, FileNotFoundError) as error:
        raise jobs.JobFailed(str(error)) from error
    with transaction.atomic():
        missing.settle(run, job.clock.now())
        journal.forget_old(run)
        job.finish({"rows": run.position, "added": run.added, "changed": run.changed, "errors": run.errors})
    return {}


def ended(job: Any) -> None:
    """A run whose job failed or was cancelled has failed, with the reason."""
    FeedRun.objects.filter(pk=job.payload["run"], state__in=(State.WAITING, State.RUNNING)).update(
        state=State.FAILED, trouble=job.last_error[:500]
    )


def mapper_of(run: FeedRun) -> Mapper:
    """What the columns of a run's file mean. Raises readers.Unreadable."""
    first = reading.sample(run.file, run.name)
    fields = reading.suggestion(first) | run.feed.mapping.get("columns", {})
    if "variant" not in fields.values():
        raise readers.Unreadable(
            _("No column holds the id of the product. Say in the feed's mapping which one it is.")
        )
    notation = run.feed.mapping.get("notation") or mappings.notation_of([row.cells for row in first], fields)
    return Mapper(fields, run.feed.catalogue.currency, ZoneInfo(workspace().time_zone), notation)


def _take(run: FeedRun, ahead: Ahead, rows: Sequence[Read], *, announce: bool, job: jobs.RunningJob) -> None:
    with transaction.atomic():
        block = _sorted(run, ahead.mapper, rows)
        if block.unchanged:
            sql.run(SEEN, [run.number, run.feed_id, sql.TextArray(block.unchanged)])
        if block.items:
            written = _written(run, block, announce=announce, now=job.clock.now())
            run.added, run.changed = run.added + written.added, run.changed + written.changed
        if block.hashes:
            sql.run(KEEP, [run.feed_id, run.number, list(block.hashes), list(block.hashes.values())])
        FeedRowError.objects.bulk_create(block.errors[: max(0, MOST_ERRORS - run.errors)])
        run.position, run.unchanged = rows[-1].row.number, run.unchanged + len(block.unchanged)
        run.errors += len(block.errors)
        run.save(update_fields=["position", "unchanged", "added", "changed", "errors"])
        job.step(done=run.position)
    ahead.is_news = len(block.unchanged) * 2 < len(rows)


def _written(run: FeedRun, block: Block, *, announce: bool, now: dt.datetime) -> products.Written:
    names = {item.product for item in block.items}, {item.variant for item in block.items}
    with journal.noted(run, *names, now):
        return products.write(shop=run.feed.catalogue, items=block.items, announce=announce, now=now)


def _sorted(run: FeedRun, mapper: Mapper, rows: Sequence[Read]) -> Block:
    ids = sql.TextArray([read.key for read in rows])
    before = {key: (hash_, number) for key, hash_, number in sql.run(SAID, [run.feed_id, ids])}
    block = Block([], {}, [], [])
    seen = {key for key, (_hash, number) in before.items() if number == run.number}
    for read in rows:
        row, key = read.row, read.key
        if row.problem or not key or len(key) > 200 or key in seen:
            block.errors.append(_error(run, row, _why(row, key)))
            continue
        seen.add(key)
        if key in before and before[key][0] == read.digest:
            block.unchanged.append(key)
            continue
        item = read.item or ahead_of.item(mapper, row)
        if isinstance(item, ValidationError):
            block.errors.append(_error(run, row, mappings.reasons(item)))
            block.hashes[key] = b""  # it is there, so it is not missing; it is tried again with the next file
            continue
        item.status = item.status or (None if key in before else "active")
        block.items.append(item)
        block.hashes[key] = read.digest
    return block


def _why(row: Row, key: str) -> str:
    if row.problem:
        return row.problem
    if not key:
        return _("The row has no id. Give every product the id it has in your shop.")
    if len(key) > 200:
        return _("The id is longer than 200 characters.")
    return _("The id “%(id)s” stands in this file before. Give each variant an id of its own.") % {
        "id": key[:80]
    }


def _error(run: FeedRun, row: Row, reason: str) -> FeedRowError:
    cells = msgspec.json.decode(ahead_of.encode(row.cells).replace(b"\\u0000", b""))
    return FeedRowError(run=run, row=row.number, reason=reason.replace("\0", "")[:500], cells=cells)
