"""`rapport doctor`: checks an installation and says what to do."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable
from pathlib import Path

from rapport.config import env
from rapport.core.clock import SYSTEM, Clock
from rapport.core.engines import ownership, paths

Say = Callable[[str], None]


def run(data: Path, say: Say) -> int:
    """Prints one line per check; returns 0 when all is well, else 1."""
    good = True
    for passed, line in [*_machine(data), *_server(data)]:
        good = good and passed
        say(f"{'ok  ' if passed else 'FAIL'}  {line}")
    say(f"      logs are in {paths.logs(data)}")
    return 0 if good else 1


def _machine(data: Path) -> list[tuple[bool, str]]:
    version = platform.python_version_tuple()
    recent = (int(version[0]), int(version[1])) >= (3, 11)
    lines = [(recent, f"Python {platform.python_version()}" + ("" if recent else ": install 3.11 or newer"))]
    existing = next(folder for folder in [data, *data.parents] if folder.exists())
    free = shutil.disk_usage(existing).free / 1e9
    lines.append((free > 2, f"{free:.0f} GB free for {data}" + ("" if free > 2 else ": free some space")))
    try:
        env.load_secrets(data)
        lines.append((True, "secrets are readable"))
    except (OSError, ValueError, env.Misconfigured) as error:
        lines.append((False, f"secrets: {error}"))
    return lines


def _server(data: Path) -> list[tuple[bool, str]]:
    holder = ownership.owner(data)
    elsewhere = bool(env.text("DATABASE_URL"))
    if holder is None and not elsewhere:
        return [(True, f"no server runs on {data}; start one with `rapport serve`")]
    line = (
        f"{holder.get('command', 'rapport')} runs as process {holder.get('pid')} at {holder.get('url')}"
        if holder
        else ""
    )
    lines = [(True, line or "the engines have addresses of their own")]
    lines += [_postgres(), _clickhouse()]
    return [*lines, *_cluster(), *_log(), *_jobs(), *_sending()] if all(good for good, _ in lines) else lines


def _postgres() -> tuple[bool, str]:
    import django
    from django.db import Error, connection

    django.setup()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            return True, f"PostgreSQL {cursor.fetchone()[0]} answers"
    except Error as error:
        return False, f"PostgreSQL does not answer: {error}. See postgres.log."


def _clickhouse() -> tuple[bool, str]:
    from rapport.core import clickhouse

    try:
        return True, f"ClickHouse {clickhouse.scalar('SELECT version()')} answers"
    except Exception as error:
        return False, f"ClickHouse does not answer: {error}. See clickhouse.log."


def _log(clock: Clock = SYSTEM) -> list[tuple[bool, str]]:
    """Where the event log lies, what waits in it, and whether it is worked off."""
    from django.db import Error

    from rapport.events.services import log, standstill

    where = "NATS JetStream" if log.kind() == "nats" else "PostgreSQL"
    try:
        waiting = [part for part in log.backlog() if part.entries]
    except (log.Unavailable, Error) as error:
        return [(False, f"the event log in {where} does not answer: {error}")]
    lines = [(True, f"the event log in {where} answers; {'something' if waiting else 'nothing'} waits")]
    lines += [
        (
            True,
            f"  partition {part.partition}: {part.entries} entries, the oldest of {part.oldest:%Y-%m-%d %H:%M:%S} UTC",
        )
        for part in waiting
    ]
    lines += [(False, problem) for problem in standstill.problems(waiting, clock.now())]
    return lines + (_nats() if log.kind() == "nats" else [])


def _jobs(clock: Clock = SYSTEM) -> list[tuple[bool, str]]:
    """Background jobs: what waits, what failed, and what no worker takes up."""
    from django.db import Error

    from rapport.core.jobs import queries

    try:
        kinds = queries.health(clock.now())
    except Error as error:
        return [(False, f"background jobs cannot be read: {error}; run `rapport migrate`")]
    lines = [
        (
            True,
            f"background jobs: {sum(kind.running for kind in kinds)} run, {sum(kind.waiting for kind in kinds)} wait",
        )
    ]
    for kind in kinds:
        if kind.overdue:
            since = f"since {kind.oldest:%Y-%m-%d %H:%M} UTC"
            text = f"  {kind.kind}: {kind.overdue} wait for a worker {since}; start `rapport worker`"
            lines.append((False, text))
        if kind.failed:
            lines.append(
                (
                    False,
                    f"  {kind.kind}: {kind.failed} failed within a day; Settings, Background jobs says why",
                )
            )
    return lines


def _sending() -> list[tuple[bool, str]]:
    """Whether messages go out, and whether the mark and the journal outside of the data can be written."""
    from django.db import Error

    from rapport.core.services import incarnations, journal

    try:
        waiting = incarnations.waiting()
    except Error as error:
        return [(False, f"whether sending waits cannot be read: {error}; run `rapport migrate`")]
    line = "sending waits for nobody"
    if waiting:
        line = f"nothing is sent: {waiting.get_origin_display()}; decide with `rapport sending`, or under Settings"
    problem = journal.problem()
    state = f"cannot be written: {problem}; set RAPPORT_JOURNAL" if problem else f"is in {journal.folder()}"
    return [
        (waiting is None or waiting.silent, line),
        (not problem, f"the journal {state}"),
        *_sending_domains(),
        *_alarms(),
    ]


def _sending_domains(clock: Clock = SYSTEM) -> list[tuple[bool, str]]:
    """Asks DNS now whether mailbox providers can believe the domains that mail is sent from."""
    from rapport.channels.email import queries
    from rapport.channels.email.models import SendingDomain
    from rapport.channels.email.services import checking

    count = checking.check_all(clock)
    if not count:
        return [(True, "no sending domain is set up; Settings, Senders and domains")]
    if all(checking.route_of(domain).is_local for domain in SendingDomain.objects.all()):
        return [(True, f"{count} sending domains; no mail leaves this machine")]
    return [(False, f"sending domain {problem}") for problem in queries.problems()] or [
        (True, f"{count} sending domains are set up in DNS")
    ]


# What is looked at above, more closely.
_ELSEWHERE = frozenset({"sending domains", "background jobs"})


def _alarms(clock: Clock = SYSTEM) -> list[tuple[bool, str]]:
    """What Home warns of: accounts of channels, mailboxes, rates, webhook endpoints."""
    from rapport.core.observing import ALARM_SOURCES

    now = clock.now()
    sources = [source for source in ALARM_SOURCES if source.name not in _ELSEWHERE]
    return [
        (False, f"{alarm.words} {alarm.advice}") for source in sources for alarm in source.check(now)
    ] or [(True, f"no alarm: {', '.join(source.name for source in sources)}")]


def _nats() -> list[tuple[bool, str]]:
    """What can be asked of NATS: copies of each partition, and whether it syncs before it acknowledges."""
    from rapport.events.services.log import checks

    return [(finding.good, finding.line) for finding in checks.run()]


def _cluster() -> list[tuple[bool, str]]:
    """The ClickHouse cluster, as its servers know it."""
    from rapport.core import clickhouse

    cluster = clickhouse.cluster()
    if cluster is None:
        return []
    sql = (
        "SELECT uniqExact(shard_num) AS shards, count() AS servers, sum(errors_count) AS errors"
        " FROM system.clusters WHERE cluster = {name:String}"
    )
    try:
        (row,) = clickhouse.rows(sql, {"name": cluster.name})
        stuck = clickhouse.scalar("SELECT count() FROM system.replicas WHERE is_readonly")
    except Exception as error:
        return [(False, f"the ClickHouse cluster {cluster.name} cannot be asked: {error}")]
    if not row["servers"]:
        return [
            (
                False,
                f"ClickHouse has no cluster {cluster.name}: name one of system.clusters in CLICKHOUSE_CLUSTER",
            )
        ]
    lines = [(True, f"ClickHouse cluster {cluster.name}: {row['shards']} shards on {row['servers']} servers")]
    if row["shards"] > 1 and not cluster.keeper:
        lines.append((False, "CLICKHOUSE_KEEPER=no is for one shard: erasing would reach one server only"))
    if stuck:
        lines.append((False, f"{stuck} replicated tables are read-only: ClickHouse Keeper does not answer"))
    return lines
