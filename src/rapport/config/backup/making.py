"""Makes a backup: one moment of everything, beside a running server or without one."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
from django.apps import apps
from django.conf import settings
from django.core.files.storage import default_storage

from rapport.config import env
from rapport.config.backup import archive, clickhouse, postgres, sealing
from rapport.config.backup.archive import Writer
from rapport.config.backup.options import Bar, Key, summary
from rapport.core import sql
from rapport.core.clock import SYSTEM, Clock
from rapport.core.models import SpoolBlock
from rapport.core.services import incarnations, journal, spool
from rapport.people.models import Person

LOCK_TIMEOUT = "30s"


def make(path: Path, key: Key, bar: Bar, clock: Clock = SYSTEM) -> dict[str, Any]:
    """Writes the backup, reads it back to verify it, and only then gives it its name. Returns what is in it."""
    fresh = path.with_name(f"{path.name}.partial")
    try:
        with sealing.sealed(fresh, passphrase=key.passphrase, recipients=key.recipients) as stream:
            manifest = _write(Writer(stream), bar, clock)
        if key.recipients and not key.passphrase:
            verified = False  # only the holder of the key can read it
        else:
            bar.step("verifying", 0)
            with sealing.opened(fresh, passphrase=key.passphrase) as stream:
                archive.verify(stream)
            verified = True
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return summary(manifest) | {
        "bytes": path.stat().st_size,
        "encrypted": bool(key.passphrase or key.recipients),
        "verified": verified,
    }


def _write(writer: Writer, bar: Bar, clock: Clock) -> dict[str, Any]:
    made_at = clock.now()
    with psycopg.connect(sql.dsn(), autocommit=True) as link:
        try:
            with _stillness():
                postgres.begin(link)
                frozen = [] if settings.CLICKHOUSE_CLUSTER else clickhouse.names()
                for name in frozen:
                    clickhouse.freeze(name)
            tables = postgres.tables(link)
            stored = {name: clickhouse.about(name) for name in frozen}
            bar.total(sum(size for size, _ in tables.values()) + sum(row["size"] for row in stored.values()))
            writer.add("keys.json", json.dumps(env.load_secrets(settings.DATA)).encode())
            counts = {
                name: _table(writer, link, name, columns, bar) for name, (_size, columns) in tables.items()
            }
            for name, table in stored.items():
                for number, block in enumerate(clickhouse.dump(name, table["columns"], bar.step)):
                    writer.add(f"clickhouse/{name}/{number:06}", block)
        finally:
            if not settings.CLICKHOUSE_CLUSTER:
                clickhouse.release()
        manifest = {
            "version": version("rapport"),
            "made_at": made_at.isoformat(),
            "people": counts[Person._meta.db_table],
            "incarnation": str(incarnations.token() or ""),
            "postgres": postgres.description(link)
            | {
                "tables": {
                    name: {"columns": tables[name][1], "rows": count} for name, count in counts.items()
                }
            },
            "clickhouse": stored,
            "files": _files(writer, bar),
            "not_included": not_included(),
        }
        link.execute("ROLLBACK")
    writer.finish(manifest)
    return manifest


@contextlib.contextmanager
def _stillness() -> Iterator[None]:
    """For the instant in which the moment is fixed nothing is on its way from PostgreSQL to ClickHouse.

    What may have been sent is delivered first; then writers of the two queues between them wait.
    """
    sql.run("SELECT pg_advisory_lock(%b)", [spool.LOCK])
    try:
        while SpoolBlock.objects.filter(sealed=True).exists() and spool.flush():
            pass
        with psycopg.connect(sql.dsn()) as queues:
            queues.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            names = [apps.get_model(name)._meta.db_table for name in ("core.SpoolBlock", "people.ChangeSet")]
            queues.execute(f"LOCK TABLE {', '.join(names)} IN SHARE MODE".encode())
            yield
            queues.rollback()
    finally:
        sql.run("SELECT pg_advisory_unlock(%b)", [spool.LOCK])


def _table(writer: Writer, link: psycopg.Connection[Any], name: str, columns: list[str], bar: Bar) -> int:
    count = 0
    for number, (lines, rows) in enumerate(postgres.dump(link, name, columns, bar.step)):
        writer.add(f"postgres/{name}/{number:06}", lines)
        count += rows
    return count


def _files(writer: Writer, bar: Bar) -> dict[str, int]:
    """Uploaded files; one that was removed meanwhile is left out, as what it belonged to."""
    sizes = {}
    for name in _walk(""):
        bar.step("files", 0)
        try:
            with default_storage.open(name) as file:
                size = 0
                for number, content in enumerate(iter(lambda file=file: file.read(archive.PIECE), b"")):  # type: ignore[misc]
                    writer.add(f"files/{name}/{number:06}", content)
                    size += len(content)
        except FileNotFoundError:
            continue
        sizes[name] = size
    return sizes


def _walk(folder: str) -> Iterator[str]:
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    prefix = f"{folder}/" if folder else ""
    yield from (f"{prefix}{name}" for name in sorted(names))
    for inner in sorted(folders):
        yield from _walk(f"{prefix}{inner}")


def not_included() -> list[str]:
    """What somebody could expect and will not find, in sentences."""
    sentences = [
        f"The journal ({journal.folder()}): it tells what happened after a backup, so keep it apart.",
        "Settings of the environment, such as RAPPORT_PUBLIC_URL, RAPPORT_SMTP_URL and the engines' addresses.",
        "Logs.",
    ]
    if env.text("DATABASE_URL"):
        sentences.append("What else the PostgreSQL server holds: other databases, roles, its configuration.")
    if settings.CLICKHOUSE_CLUSTER:
        sentences.append(
            "Events and all else in the ClickHouse cluster: use ClickHouse's BACKUP … ON CLUSTER."
        )
    elif env.text("CLICKHOUSE_URL"):
        sentences.append("What else the ClickHouse server holds: other databases, users, its configuration.")
    if settings.NATS_URL:
        sentences.append(
            "Events accepted by NATS and not yet processed: they are still there, and are read from there."
        )
    return sentences
