"""Opens connections beside the work: a server that is slow to greet one of them holds up none of the others."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue

from rapport.channels.email.session import Session
from rapport.channels.email.smtp import Server, Unreachable, dial


class Dialler:
    """Connections that one batch opens; `waker` can be read as soon as one is ready or has failed.

    `ended` is called for each attempt that ends, with the connection that came too late for the batch, if any.
    """

    def __init__(self, server: Server, ended: Callable[[Session | None], None]) -> None:
        self.pending = 0
        self._server, self._ended = server, ended
        self._ready: SimpleQueue[Session | str] = SimpleQueue()
        self._closing = threading.Lock()
        self._is_closed = False
        self.waker, self._bell = socket.socketpair()
        self.waker.setblocking(False)

    def start(self, count: int) -> None:
        self.pending += count
        for _ in range(count):
            threading.Thread(target=self._dial, name="smtp-dial", daemon=True).start()

    def collect(self) -> tuple[list[Session], str]:
        """The connections that are ready now, and why the last of the others failed."""
        with suppress(BlockingIOError):
            self.waker.recv(4096)
        opened, problem = [], ""
        with suppress(Empty):
            while True:
                result = self._ready.get_nowait()
                self.pending -= 1
                if isinstance(result, Session):
                    opened.append(result)
                else:
                    problem = result
        return opened, problem

    def close(self) -> list[Session]:
        """The batch is over; returns the connections that are ready now."""
        with self._closing:
            self._is_closed = True
            opened, _problem = self.collect()
            self.waker.close()
            self._bell.close()
        return opened

    def _dial(self) -> None:
        result: Session | str
        try:
            result = dial(self._server)
        except Unreachable as error:
            result = str(error)
        with self._closing:
            is_late = self._is_closed
            if not is_late:
                self._ready.put(result)
                self._bell.send(b".")
        self._ended(result if is_late and isinstance(result, Session) else None)
