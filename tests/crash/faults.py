"""What goes wrong under load: killed processes, dropped database and mail connections, a full disk."""

import collections
import contextlib
import errno
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psycopg

from rapport.config.env import load_secrets
from rapport.core.engines.postgres import Postgres

PROCESSES = ["worker", "stream", "projector", "web", "clickhouse", "postgres"]
DISK_MB = int(os.environ.get("RAPPORT_CRASH_DISK_MB", "3072"))
FULL_SECONDS = 3.0


def link(folder):
    password = load_secrets(folder)["postgres_password"]
    return psycopg.connect(Postgres(folder, password).dsn(), autocommit=True, connect_timeout=10)


def kill_part(folder, name):
    """kill -9 of one of a server's own processes; its supervisor starts it again.

    Raises KeyError, ValueError or OSError while it is down: its number may be that of another program by then.
    """
    supervisor = json.loads((folder / "owner.json").read_text())["pid"]
    pid = json.loads((folder / "run" / "processes.json").read_text())[name]
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    if int(state[1]) != supervisor:
        raise ProcessLookupError(pid)
    os.kill(pid, signal.SIGKILL)


def hurry(folder):
    """What a cut mail connection put off has its turn now."""
    with contextlib.suppress(psycopg.Error), link(folder) as other:
        other.execute(
            "UPDATE messaging_delivery SET not_before = now() WHERE state = 'queued' AND not_before > now()"
        )


class Disk:
    """A file system of its own below the data folder, which can be filled to the last byte."""

    def __init__(self, folder):
        self.folder, self.reason = folder, ""
        command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(folder)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            self.reason = done.stderr.strip() if done.returncode else ""
        except OSError as error:
            self.reason = str(error)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self.reason:
            subprocess.run(["umount", "-l", str(self.folder)], check=True)

    @contextlib.contextmanager
    def full(self):
        """Full for as long as the block takes, whatever else is removed meanwhile."""
        ballast = self.folder / "ballast"
        try:
            with ballast.open("wb", buffering=0) as out:
                yield lambda: self._fill(out)
        finally:
            ballast.unlink()

    def _fill(self, out):
        for size in (1 << 24, 1 << 16, 1 << 12):
            try:
                while shutil.disk_usage(self.folder).free >= size:
                    out.write(b"\0" * size)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise


class Faults:
    """So many faults of all kinds in random order, each kind at least once when there are enough."""

    def __init__(self, folder, disk, sink, dice):
        self.folder, self.disk, self.sink, self.dice = folder, disk, sink, dice
        self.happened = collections.Counter()
        self._last_full = 0.0

    def strike(self, number):
        kinds = [*PROCESSES, "connections", "mail", *([] if self.disk.reason else ["disk"])]
        weights = [4] * (len(PROCESSES) + 2) + [1]
        done = 0
        deadline = time.monotonic() + 30 + 12 * number
        while done < number:
            assert time.monotonic() < deadline, f"only {done} of {number} faults within the time"
            time.sleep(self.dice.uniform(0.2, 1.5))
            kind = kinds[done] if done < len(kinds) else self.dice.choices(kinds, weights[: len(kinds)])[0]
            if self._one(kind):
                self.happened[kind] += 1
                done += 1
                self._end_leases()

    def _one(self, kind):
        try:
            if kind == "connections":
                return self._drop_connections()
            if kind == "mail":
                return self.sink.cut()
            if kind == "disk":
                return self._fill_disk()
            kill_part(self.folder, kind)
        except (KeyError, ValueError, OSError, psycopg.Error):
            # It is not up again yet.
            return False
        return True

    def _drop_connections(self):
        """Some of our sessions at random, those in the middle of a transaction first."""
        with link(self.folder) as other:
            connections = other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'rapport'"
                " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
                " ORDER BY xact_start IS NULL, random() LIMIT %s",
                [self.dice.randint(1, 8)],
            ).fetchall()
        return bool(connections)

    def _fill_disk(self):
        with self.disk.full() as fill:
            until = time.monotonic() + FULL_SECONDS
            while time.monotonic() < until:
                fill()
                time.sleep(0.05)
        return True

    def _end_leases(self):
        """A killed worker's lease on an import ends by itself after a minute; the test need not wait for it."""
        with contextlib.suppress(psycopg.Error), link(self.folder) as other:
            other.execute("UPDATE core_job SET lease_until = NULL WHERE kind = 'transfers.import'")
