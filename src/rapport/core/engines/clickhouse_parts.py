"""Watches disk space and merged parts of the embedded ClickHouse, so that a full disk costs no stored rows.

chDB takes a merge for done although its files could not be written: the merged part counts as active while its files
are empty, reading it fails (code 246), and the parts it was merged from are removed eight minutes later. Started anew
before that, it finds the sizes wrong, sets the part aside and takes up those it was merged from. Therefore: merges wait
while little is free, and a process that has such a part ends itself, to be started again by the supervisor.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger("rapport.clickhouse")
MIN_FREE = 256 << 20
# Well within the eight minutes for which ClickHouse keeps merged parts (its setting old_parts_lifetime).
LOOK_SECONDS = 20.0
LOOK_SECONDS_WHEN_FULL = 0.5
# What the process ends with.
BROKEN_PARTS = 75
_MERGED = (
    "SELECT path, bytes_on_disk FROM system.parts"
    " WHERE active AND level > 0 AND modification_time > now() - INTERVAL 15 MINUTE FORMAT TabSeparated"
)
Ask = Callable[[str], bytes]


class PartsWatch:
    """Watches free space and merged parts of `folder` again and again; `ask` runs one statement."""

    def __init__(
        self, folder: Path, ask: Ask, give_up: Callable[[], None] = lambda: os._exit(BROKEN_PARTS)
    ) -> None:
        self.folder, self.ask, self.give_up = folder, ask, give_up
        self.paused = False
        self._stopping = threading.Event()
        self._hurry = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clickhouse-parts", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._hurry.set()
        self._thread.join()

    def look_soon(self) -> None:
        """After an error that may come from a broken part."""
        self._hurry.set()

    def look(self) -> None:
        """Pauses or resumes merges by the free space there is, and gives up when a merged part is broken."""
        free = shutil.disk_usage(self.folder).free
        if free < MIN_FREE and not self.paused:
            log.warning("only %d MB of disk are free: merges wait", free >> 20)
            self.ask("SYSTEM STOP MERGES")
            self.paused = True
        broken = self.broken()
        if broken:
            log.error(
                "starting again, because the full disk left unreadable: %s", ", ".join(map(str, broken))
            )
            self.give_up()
        elif self.paused and free >= MIN_FREE:
            self.ask("SYSTEM START MERGES")
            self.paused = False
            log.warning("enough disk is free again: merges go on")

    def broken(self) -> list[Path]:
        """Merged parts whose files are shorter than what ClickHouse believes to have written."""
        broken_parts = []
        for line in self.ask(_MERGED).decode().splitlines():
            path, size = line.split("\t")
            if not whole(Path(path), int(size)):
                broken_parts.append(Path(path))
        return broken_parts

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.look()
            except (RuntimeError, OSError):
                log.exception("merged parts could not be looked at")
            self._hurry.wait(LOOK_SECONDS_WHEN_FULL if self.paused else LOOK_SECONDS)
            self._hurry.clear()


def whole(part: Path, size: int) -> bool:
    """Whether the files of a part hold the `size` bytes of its checksums; one that was removed meanwhile counts."""
    try:
        # A projection is a folder within the part, and its files count.
        sizes = {entry: entry.stat().st_size for entry in part.rglob("*") if entry.is_file()}
    except FileNotFoundError:
        return True
    if not sizes and not part.exists():
        return True
    return sum(sizes.values()) >= size and sizes.get(part / "checksums.txt", 0) > 0
