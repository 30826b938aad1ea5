"""Restores a backup into an empty place: a new data folder, empty databases of one's own, or both."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import IO, Any

import psycopg

from rapport.config import env
from rapport.config.backup import archive, sealing
from rapport.config.backup.archive import Damaged
from rapport.config.backup.options import Bar, Key, summary
from rapport.config.backup.running import Say, own_engines

KEYS = ("secret_key", "signing_key", "suppression_key", "encryption_key")


class Occupied(Exception):
    """There is something already where the backup is to go; the message says what to do."""


def check(path: Path, key: Key, bar: Bar) -> dict[str, Any]:
    """Reads the whole backup and compares every checksum; returns its manifest. Raises Damaged, Locked."""
    bar.total(path.stat().st_size)
    with sealing.opened(path, passphrase=key.passphrase, identities=key.identities) as stream:
        return archive.verify(stream, lambda size: bar.step("verifying", size))


def restore(path: Path, data: Path, key: Key, bar: Bar, say: Say) -> dict[str, Any]:
    """Verifies, then fills a folder beside the final one and gives it its name when everything is in it.

    Sending waits when it is first started. Raises Damaged, Locked, Occupied.
    """
    _require_empty(data)
    manifest = check(path, key, bar)
    staging = data.with_name(f"{data.name}.restoring")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True, mode=0o700)
    env.put("RAPPORT_DATA", str(staging))
    try:
        _keys(path, key, staging)
        with own_engines(staging, "rapport restore", say):
            import django

            django.setup()
            _fill(path, key, manifest, bar)
        if data.exists():
            data.rmdir()
        staging.rename(data)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    return summary(manifest) | {"data": str(data), "sending": "waits"}


def _require_empty(data: Path) -> None:
    if data.exists() and any(data.iterdir()):
        raise Occupied(
            f"{data} is not empty. Name a new folder with --data, or move this one away first: mv {data} {data}.old"
        )


def _keys(path: Path, key: Key, staging: Path) -> None:
    """The installation's keys: links in mails, suppressions and sign-ins need just these. Raises Occupied."""
    with sealing.opened(path, passphrase=key.passphrase, identities=key.identities) as stream:
        name, content = next(archive.pieces(stream))
        if name != "keys.json":
            raise Damaged("The backup does not begin with its keys.")
        kept = json.loads(archive.unpacked(content))
    if env.text("RAPPORT_SECRETS"):
        given = env.load_secrets(staging)
        if any(given[name] != kept[name] for name in KEYS):
            raise Occupied(
                "RAPPORT_SECRETS has other keys than the backup: with them its links, suppressions and sessions are"
                " lost. Unset it, or set it to the keys that were in use."
            )
        return
    handle = os.open(staging / "secrets.json", os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(kept, file)


def _fill(path: Path, key: Key, manifest: dict[str, Any], bar: Bar) -> None:
    from rapport.config.backup import clickhouse, postgres
    from rapport.core import sql
    from rapport.core.services import incarnations

    with psycopg.connect(sql.dsn()) as link:
        if not postgres.is_empty(link):
            raise Occupied("The database of DATABASE_URL is not empty: make a new one for the restored data.")
        link.rollback()
        if manifest["clickhouse"] and not clickhouse.is_empty():
            raise Occupied(
                "The database of CLICKHOUSE_URL is not empty: make a new one for the restored data."
            )
        postgres.migrate(manifest)
        clickhouse.prepare()
        loader = postgres.Loader(link, manifest)
        bar.total(path.stat().st_size)
        with sealing.opened(path, passphrase=key.passphrase, identities=key.identities) as stream:
            _load(stream, loader, manifest, bar)
        loader.finish(bar.step)
    clickhouse.finish(manifest["clickhouse"])
    incarnations.restored(backup=path.name, made_at=manifest["made_at"])


def _load(stream: IO[bytes], loader: Any, manifest: dict[str, Any], bar: Bar) -> None:
    from rapport.config.backup import clickhouse

    files = _Files()
    for name, packed in archive.pieces(stream):
        kind, _, rest = name.partition("/")
        bar.step(rest.rpartition("/")[0] or name, len(packed))
        table = rest.rpartition("/")[0]
        if kind == "postgres":
            loader.load(table, archive.unpacked(packed))
        elif kind == "clickhouse":
            clickhouse.load(table, manifest["clickhouse"][table]["columns"], archive.unpacked(packed))
        elif kind == "files":
            files.add(table, archive.unpacked(packed))
    files.close()
    for name in set(manifest["files"]) - files.names:
        files.add(name, b"")  # an empty file has no piece
    files.close()


class _Files:
    """Puts pieces together again, one file after the other."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self._name, self._content = "", tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`

    def add(self, name: str, content: bytes) -> None:
        if name != self._name:
            self.close()
            self._name, self._content = name, tempfile.TemporaryFile()  # noqa: SIM115
        self._content.write(content)

    def close(self) -> None:
        from django.core.files import File
        from django.core.files.storage import default_storage

        if self._name:
            self._content.seek(0)
            default_storage.save(self._name, File(self._content))
            self.names.add(self._name)
        self._content.close()
        self._name = ""
