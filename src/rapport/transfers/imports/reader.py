"""Where the reading process begins. It is imported before Django is set up, so nothing here may need models."""

from __future__ import annotations

import gc
import multiprocessing
import queue
from typing import Any

import msgspec


def run(job: dict[str, Any], pipe: Any) -> None:
    """Puts encoded chunks on the pipe, then b""; or, as text, why the file cannot be read."""
    import django

    django.setup()
    # What stands now stays for good, and rows make no circles: looking for some took a quarter of the time.
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    from rapport.transfers.imports import readers
    from rapport.transfers.imports.services.parsing import parsed

    encode = msgspec.msgpack.Encoder().encode
    try:
        for chunk in parsed(job):
            if not _put(pipe, encode(chunk)):
                return
        _put(pipe, b"")
    except readers.Unreadable as error:
        _put(pipe, str(error))


def _put(pipe: Any, item: bytes | str) -> bool:
    """Waits for room; False when whoever listened is gone (killed), so that no process is left behind."""
    parent = multiprocessing.parent_process()
    while parent is not None and parent.is_alive():
        try:
            pipe.put(item, timeout=1)
        except queue.Full:
            continue
        return True
    pipe.cancel_join_thread()
    return False
