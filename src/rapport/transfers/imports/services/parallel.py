"""Two chunks at a time: the next one is written while this one is, and both are committed in their order.

A chunk may begin before the one ahead of it is committed, as long as it only brings newcomers and shares no
identifier with it: then neither can tell the difference. Whoever finds that it is otherwise begins again in turn.
"""

from __future__ import annotations

import contextlib
import gc
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import connection

from rapport.transfers.imports.drafts import Chunk

THREADS = 2
# How long a chunk that holds locks waits for the one ahead, before it gives them back: somebody else may stand
# between the two, and the database cannot see that this one waits.
PATIENCE = 5.0


class TooEarly(Exception):
    """The chunk needs what the one ahead is still writing."""


class Overtaken(Exception):
    """The chunk ahead failed, so this one must not come in."""


class Turn:
    """A chunk's place in the order. `newcomers`: whether it brings nobody else, as far as is known or likely."""

    def __init__(self, chunk: Chunk, ahead: Turn | None = None) -> None:
        self._ahead, self._done, self._failed = ahead, threading.Event(), False
        self.identifiers = {identifier for draft in chunk.drafts for identifier in draft.identifiers}
        # A company belongs to several rows, and one ahead may be writing the same.
        self._apart = not any(draft.company for draft in chunk.drafts)
        self.newcomers: bool = ahead.newcomers if ahead else True

    @property
    def early(self) -> bool:
        """Whether the chunk ahead is still being written."""
        return self._ahead is not None and not self._ahead._done.is_set()

    def begin(self) -> None:
        """Waits where beginning early is useless."""
        ahead = self._ahead
        if ahead is not None and self.early:
            usual = self._apart and ahead.newcomers and ahead.identifiers.isdisjoint(self.identifiers)
            if not usual:
                self.wait()

    def wait(self, seconds: float | None = None) -> None:
        """Until the chunk ahead is committed. Raises Overtaken when it failed, TooEarly when it takes too long."""
        if self._ahead is None:
            return
        if not self._ahead._done.wait(seconds):
            raise TooEarly
        if self._ahead._failed:
            raise Overtaken
        self._ahead = None

    def end(self, *, failed: bool) -> None:
        self._failed = failed
        self._done.set()


Write = Callable[[Chunk, Turn], None]


def in_sequence(chunks: Iterable[Chunk], write: Write) -> Iterator[Chunk]:
    """Writes one chunk after the other, in this thread; gives each that was committed."""
    for chunk in chunks:
        write(chunk, Turn(chunk))
        yield chunk


def in_parallel(chunks: Iterable[Chunk], write: Write) -> Iterator[Chunk]:
    """Writes chunks in threads with connections of their own; gives each that was committed, in order.

    What `write` raises is raised here, and nothing after that chunk comes in.
    """
    threads = [ThreadPoolExecutor(1, thread_name_prefix=f"import-{number}") for number in range(THREADS)]
    under_way: deque[tuple[Future[None], Chunk]] = deque()
    turn: Turn | None = None
    try:
        for number, chunk in enumerate(chunks):
            turn = Turn(chunk, turn)
            under_way.append((threads[number % THREADS].submit(_in_turn, write, chunk, turn), chunk))
            if len(under_way) == THREADS:
                yield _finished(under_way)
        while under_way:
            yield _finished(under_way)
    finally:
        for thread in threads:
            thread.submit(connection.close)
            thread.shutdown()


def _finished(under_way: deque[tuple[Future[None], Chunk]]) -> Chunk:
    future, chunk = under_way.popleft()
    future.result()
    return chunk


def _in_turn(write: Write, chunk: Chunk, turn: Turn) -> None:
    failed = True
    try:
        write(chunk, turn)
        failed = False
    finally:
        turn.end(failed=failed)


@contextlib.contextmanager
def rare_collections() -> Iterator[None]:
    """Rows make no circles: looking for some as often as usual takes nearly half of the time."""
    usual = gc.get_threshold()
    gc.set_threshold(100_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
