"""How often the stream has tried what it is at: kept beside the transaction of the effects, so that nothing is lost
of it when that is rolled back, or when the process ends in the middle of it.

A batch is tried again as a whole, then its entries one by one, then the events of the entry that keeps failing one by
one; an event that fails, or ends the process, as often as `EVENT_TRIES` is given up.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import OperationalError

from rapport.core import sql
from rapport.events.models import StreamTry
from rapport.events.services.log.base import Backlog, Claim

# How often a batch is tried as a whole, and an entry of one that failed, before its events are tried one by one.
BATCH_TRIES, ENTRY_TRIES = 2, 1
EVENT_TRIES = 2
# Tries that another's lock or transaction ended do not count, but not for longer than this.
PATIENCE = dt.timedelta(minutes=5)
# While something waits and nothing was begun anew for so long, the stream stands still.
STILL = dt.timedelta(seconds=60)

# One connection for each process, which only this module uses.
_beside: list[psycopg.Connection[Any]] = []

_SAME = "t.log = excluded.log AND t.first = excluded.first"
_BEGIN = f"""
    INSERT INTO events_streamtry AS t (partition, log, first, last, tries, since) VALUES (%s, %s, %s, %s, 1, %s)
    ON CONFLICT (partition) DO UPDATE SET
        tries = CASE WHEN {_SAME} THEN t.tries + 1 ELSE 1 END,
        since = CASE WHEN {_SAME} THEN t.since ELSE excluded.since END,
        alone_to = CASE WHEN t.log != excluded.log THEN 0 WHEN {_SAME} AND t.tries + 1 >= {BATCH_TRIES}
            THEN greatest(t.alone_to, t.last) ELSE t.alone_to END,
        event = CASE WHEN {_SAME} THEN t.event ELSE -1 END,
        event_tries = CASE WHEN {_SAME} THEN t.event_tries ELSE 0 END,
        given_up = CASE WHEN {_SAME} THEN t.given_up ELSE '{{}}' END,
        log = excluded.log, first = excluded.first, last = excluded.last
    RETURNING tries, since, event, event_tries, given_up
"""


@dataclass(slots=True)
class Try:
    """One try at a claim (a single entry, if `is_alone`); `number` counts from 1, since `since`."""

    partition: int
    is_alone: bool
    number: int
    since: dt.datetime
    event: int
    event_tries: int
    given_up: list[int]

    @property
    def is_apart(self) -> bool:
        """Whether the events are to be tried one by one."""
        return self.is_alone and self.number > ENTRY_TRIES

    def take_up(self, event: int) -> bool:
        """Notes that the event at this place is being tried; False if it was tried as often as it may be."""
        if event in self.given_up:
            return False
        tries = self.event_tries + 1 if event == self.event else 1
        if tries > EVENT_TRIES:
            self.given_up.append(event)
        _run(
            "UPDATE events_streamtry SET event = %s, event_tries = %s, given_up = %s WHERE partition = %s",
            [event, tries, self.given_up, self.partition],
        )
        return tries <= EVENT_TRIES

    def forgive(self, now: dt.datetime) -> None:
        """Does not count this try: what ended it was no fault of what was tried. Not for ever, though."""
        if now - self.since < PATIENCE:
            _run(
                "UPDATE events_streamtry SET tries = tries - 1, event_tries = greatest(event_tries - 1, 0)"
                " WHERE partition = %s",
                [self.partition],
            )


def alone_to(partition: int) -> int:
    """Up to where in the log entries are to be taken one by one. In the caller's transaction, whose locks it bounds."""
    rows = sql.run(
        "SELECT set_config('lock_timeout', '15s', true), (SELECT alone_to FROM events_streamtry WHERE partition = %b)",
        [partition],
    )
    return int(rows[0][1] or 0)


def begin(partition: int, claim: Claim, now: dt.datetime, *, is_alone: bool) -> Try:
    """Counts a try at the claim, at once and for good. Raises OperationalError while the database does not answer."""
    values = [partition, claim.log, claim.first, claim.last, now]
    row = _run(_BEGIN, values, lambda cursor: cursor.fetchone())
    return Try(partition, is_alone, *row)


def standing_still(waiting: Sequence[Backlog], now: dt.datetime) -> list[int]:
    """The partitions in which something waits although nothing was begun anew for too long."""
    since = dict(StreamTry.objects.values_list("partition", "since"))
    return [
        part.partition
        for part in waiting
        if part.oldest and now - max(part.oldest, since.get(part.partition, part.oldest)) > STILL
    ]


def _run(statement: str, values: list[Any], read: Callable[[Any], Any] = lambda cursor: None) -> Any:
    """On the connection beside Django's, which is made anew when it has broken."""
    for fresh in (False, True):
        try:
            if not _beside or fresh:
                close()
                options = "-c synchronous_commit=off -c lock_timeout=5s"
                _beside.append(
                    psycopg.connect(sql.dsn(), autocommit=True, connect_timeout=5, options=options)
                )
            return read(_beside[0].execute(statement, values))
        except psycopg.OperationalError as error:
            if fresh:
                raise OperationalError(str(error)) from error
    raise AssertionError


def close() -> None:
    """Closes the connection, which is opened again when it is needed."""
    while _beside:
        _beside.pop().close()
