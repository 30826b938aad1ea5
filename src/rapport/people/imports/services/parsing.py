"""Chunks of drafts from a stored file; large files are read and parsed in a process of their own."""

from __future__ import annotations

import multiprocessing
import queue
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import msgspec
from django.core.files.storage import default_storage

from rapport.people import identity_types
from rapport.people.imports import reader, readers
from rapport.people.imports.drafts import Compiler, Draft
from rapport.people.models import Import

CHUNK = 10_000
LARGE = 4 * 1024 * 1024
AHEAD = 2
_decode = msgspec.msgpack.Decoder(list[Draft]).decode


@contextmanager
def chunks(run: Import, *, zone: str, skip: int = 0) -> Iterator[Iterator[list[Draft]]]:
    """Chunks of the data rows after the first `skip`. Raises readers.Unreadable, also while chunks are taken."""
    job = {
        "file": run.file,
        "layout": run.layout,
        "headers": run.headers,
        "mapping": run.mapping,
        "zone": zone,
        "skip": skip,
        "chunk": CHUNK,
    }
    if run.size < LARGE:
        yield parsed(job)
        return
    context = multiprocessing.get_context("spawn")
    lane = context.Queue(maxsize=AHEAD)
    process = context.Process(target=reader.run, args=(job, lane), daemon=True)
    process.start()
    try:
        yield _from(lane, process)
    finally:
        process.terminate()
        process.join()
        lane.close()


def parsed(job: dict[str, Any]) -> Iterator[list[Draft]]:
    """Reads and parses in this process."""
    identity_types.refresh(now=True)
    compiler = Compiler(job["mapping"], job["headers"], job["zone"])
    layout = readers.Layout.from_json(job["layout"])
    with default_storage.open(job["file"]) as stream, readers.rows(stream, layout, job["skip"]) as table:
        drafts = compiler.drafts(table.rows)
        while chunk := list(islice(drafts, job["chunk"])):
            yield chunk


def _from(lane: Any, process: Any) -> Iterator[list[Draft]]:
    while True:
        try:
            item = lane.get(timeout=5)
        except queue.Empty:
            if not process.is_alive():
                raise readers.Unreadable(
                    "The reading process ended unexpectedly; resume the import."
                ) from None
            continue
        if isinstance(item, str):
            raise readers.Unreadable(item)
        if not item:
            return
        yield _decode(item)
