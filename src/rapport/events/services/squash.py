"""Overrides squashed: events of persons merged long ago are rewritten to the survivor's id, month by month.

The stream is told first, and writes new events of these persons under the survivor's id at once. Then each month that
holds old rows is copied with the new ids and put in the place of the old one (REPLACE PARTITION, atomic), while
nothing is written to it. Before and after, joining `person_override` gives the same answer. What is left to do is
asked of the data, so a crash at any point only means going on. `origin_id` keeps whose the events are at home: an
undone merge brings them back the same way. Rollups are not touched: they counted whose an event was when it came.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Collection

import msgspec
from django.conf import settings
from django.db import transaction

from rapport.core import clickhouse, sql
from rapport.core.clock import SYSTEM, Clock
from rapport.core.models import SpoolBlock
from rapport.core.services import spool
from rapport.core.services.wake import wake
from rapport.events.models import Squashed
from rapport.people.models import Merge
from rapport.people.queries import families, survivor_of
from rapport.people.registry import Mergeable, Pair

log = logging.getLogger("rapport.squash")
LOCK = 7_302_004
STAGING, MAP = "events_squash", "events_squash_map"
State = Squashed.State
ACTIVE = (State.MOVING, State.RETURNING)


def places(homes: Collection[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """{home: id under which its events are stored}, for those that are not stored under their own."""
    if not homes:
        return {}
    rows = sql.run(
        "SELECT home, \"into\" FROM events_squashed WHERE home = ANY(%b) AND state <> 'returning'"
        " AND NOT check_again",
        [list(homes)],
    )
    return dict(rows)


def run_once(clock: Clock = SYSTEM) -> int:
    """One step: chooses who is due, rewrites one month, or finishes. Returns how much there was to do."""
    if settings.CLICKHOUSE_CLUSTER:
        return 0
    _recall()
    if not Squashed.objects.filter(state__in=ACTIVE).exists() and not _choose(clock.now()):
        return 0
    spool.flush()
    return _rewrite_one() or _finish()


def _due(now: dt.datetime) -> dict[uuid.UUID, uuid.UUID]:
    """{absorbed: survivor} of families in which the youngest merge is old enough."""
    before = now - dt.timedelta(days=settings.SQUASH_AFTER_DAYS)
    live = Merge.objects.filter(undone_at=None)
    homes = Squashed.objects.values("home")
    old = list(
        live.filter(recorded_at__lt=before)
        .exclude(absorbed_id__in=homes)
        .values_list("absorbed_id", flat=True)[:10_000]
    )
    owner = survivor_of(old)
    young = set(live.filter(recorded_at__gte=before).values_list("survivor_id", flat=True))
    busy = set(survivor_of(young).values())
    return {home: into for home, into in owner.items() if into not in busy and home != into}


def _choose(now: dt.datetime) -> int:
    """Marks who is to be moved, once enough are due; from here on the stream writes under the new ids."""
    due = _due(now)
    if len(due) < max(1, settings.SQUASH_LEAST):
        return 0
    with transaction.atomic():
        mark = sql.run("SELECT pg_current_xact_id()::text::bigint")[0][0]
        Squashed.objects.bulk_create(
            [Squashed(home=home, into=into, mark=mark) for home, into in due.items()]
        )
        # Whoever was stored under one of these follows.
        sql.run(
            "UPDATE events_squashed s SET \"into\" = n.new, state = 'moving', mark = %b, until_block = NULL"
            ' FROM unnest(%b::uuid[], %b::uuid[]) AS n (old, new) WHERE s."into" = n.old',
            [mark, list(due), list(due.values())],
        )
    log.info("events of %s merged persons are moved to their survivors", len(due))
    return len(due)


def recall(pair: Pair) -> None:
    """A merge is undone: where these persons' events are stored is to be looked at again."""
    members = [member for all_ in families(pair).values() for member in all_]
    Squashed.objects.filter(home__in=members).update(check_again=True)
    transaction.on_commit(lambda: wake("squash"))


MERGEABLE = Mergeable("events", (), lambda _pairs: {}, lambda pair, _snapshot: recall(pair))


def _recall() -> None:
    """Those stored under somebody they are not part of any more go back to their own ids."""
    rows = list(Squashed.objects.filter(check_again=True))
    if not rows:
        return
    owner = survivor_of({row.home for row in rows} | {row.into for row in rows})
    parted = [row.home for row in rows if owner.get(row.home) != owner.get(row.into)]
    with transaction.atomic():
        mark = sql.run("SELECT pg_current_xact_id()::text::bigint")[0][0]
        Squashed.objects.filter(home__in=parted).update(state=State.RETURNING, mark=mark, until_block=None)
        Squashed.objects.filter(home__in=[row.home for row in rows]).update(check_again=False)


def _rewrite_one() -> int:
    """Rewrites the oldest month with rows to move; 0 if there is none, or if the store is busy just now."""
    with transaction.atomic():
        for lock in (LOCK, spool.LOCK):
            if not sql.run("SELECT pg_try_advisory_xact_lock(%b)", [lock])[0][0]:
                return 0
        # A block that may have been sent must be known to be there before the part it is in is replaced.
        if SpoolBlock.objects.filter(sealed=True).exists():
            return 0
        _write_map()
        month = _next_month()
        if month is None:
            return 0
        _copy(month)
        clickhouse.execute(f"ALTER TABLE events REPLACE PARTITION {month:d} FROM {STAGING}")
        clickhouse.execute(f"DROP TABLE IF EXISTS {STAGING}")
        return 1


def _write_map() -> None:
    """Which id becomes which: by the id they are stored under, or by their home for those who go back."""
    clickhouse.execute(
        f"CREATE TABLE IF NOT EXISTS {MAP} (returns UInt8, id UUID, new UUID) ENGINE = MergeTree ORDER BY (returns, id)"
    )
    clickhouse.execute(f"TRUNCATE TABLE {MAP}")
    lines = [
        msgspec.json.encode(
            {
                "returns": int(row.state == State.RETURNING),
                "id": row.home,
                "new": row.home if row.state == State.RETURNING else row.into,
            }
        )
        for row in Squashed.objects.filter(state__in=ACTIVE)
    ]
    clickhouse.insert_lines(MAP, b"\n".join(lines), token=str(uuid.uuid4()))


_AFFECTED = (
    f"person_id IN (SELECT id FROM {MAP} WHERE returns = 0)"
    f" OR (origin_id IN (SELECT id FROM {MAP} WHERE returns = 1) AND person_id != origin_id)"
)


def _next_month() -> int | None:
    rows = clickhouse.rows(
        f"SELECT toYYYYMM(at) AS month FROM events WHERE {_AFFECTED} GROUP BY month ORDER BY month LIMIT 1"
    )
    return int(rows[0]["month"]) if rows else None


def _copy(month: int) -> None:
    clickhouse.execute(f"DROP TABLE IF EXISTS {STAGING}")
    clickhouse.execute(f"CREATE TABLE {STAGING} AS events")
    names = [
        row["name"]
        for row in clickhouse.rows(
            "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = 'events'"
            " AND default_kind NOT IN ('ALIAS', 'MATERIALIZED') AND name != 'person_id' ORDER BY position"
        )
    ]
    columns = ", ".join(f"`{name}`" for name in names)
    clickhouse.execute(
        f"INSERT INTO {STAGING} (person_id, {columns}) SELECT multiIf("
        f"e.origin_id IN (SELECT id FROM {MAP} WHERE returns = 1), e.origin_id,"
        " m.new != toUUID('00000000-0000-0000-0000-000000000000'), m.new, e.person_id),"
        f" {', '.join(f'e.`{name}`' for name in names)}"
        f" FROM (SELECT * FROM events WHERE toYYYYMM(at) = {{month:UInt32}}) AS e LEFT ANY JOIN"
        f" (SELECT id, new FROM {MAP} WHERE returns = 0) AS m ON m.id = e.person_id"
        # A copied block is no repetition of another, even where its rows are the same.
        " SETTINGS insert_deduplicate = 0",
        {"month": month},
    )


def _finish() -> int:
    """Ends the move when no row with an old id is left and none can come; their overrides are then not needed."""
    active = Squashed.objects.filter(state__in=ACTIVE)
    oldest = sql.run("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")[0][0]
    newest = SpoolBlock.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    active.filter(until_block=None, mark__lt=oldest).update(until_block=newest)
    waiting = spool.pending()
    ready = [
        row
        for row in active
        if row.until_block is not None and (waiting is None or waiting > row.until_block)
    ]
    if not ready or _next_month() is not None:
        return 0
    moved = [row.home for row in ready if row.state == State.MOVING]
    if moved:
        clickhouse.execute("DELETE FROM person_override WHERE person_id IN {ids:Array(UUID)}", {"ids": moved})
    Squashed.objects.filter(home__in=moved, state=State.MOVING).update(state=State.DONE)
    Squashed.objects.filter(pk__in=[row.pk for row in ready if row.state == State.RETURNING]).delete()
    return 1
