"""HTTP as uvicorn speaks it, with bounds on what a client may send and on how long it may take for that.

uvicorn with httptools has none: a client that sends half a request, or headers without end, would hold its connection,
and what waits behind it, for ever.
"""

from __future__ import annotations

import asyncio
from enum import Enum
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Phase(Enum):
    """What of a request is being received."""

    NOTHING = 0
    HEAD = 1
    BODY = 2


class BoundedProtocol(HttpToolsProtocol):
    """408 for a request that does not come on, 431 for a head beyond reason, and the connection is closed."""

    HEAD_BYTES, HEAD_FIELDS = 64 * 1024, 200
    # A head has so long. A body has so long, and a second more for each of these bytes that came.
    HEAD_SECONDS, BODY_SECONDS, LEAST_RATE = 20.0, 20.0, 1024

    _timer: asyncio.TimerHandle | None = None
    _is_refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._begin(Phase.HEAD)
        self._wait(self.HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        if self._phase is Phase.NOTHING:
            self._begin(Phase.HEAD)
        self._received += len(data)
        super().data_received(data)
        if self._phase is Phase.HEAD and self._received > self.HEAD_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._phase is not Phase.NOTHING and self._timer is None:
            # Most requests come in one piece and need no timer.
            self._wait(self.HEAD_SECONDS)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._phase is Phase.NOTHING:
            # Behind another request in the same piece.
            self._begin(Phase.HEAD)
            self._received = 1

    def on_headers_complete(self) -> None:
        if self._is_refused:
            return
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if len(self.headers) > self.HEAD_FIELDS or size > self.HEAD_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            return
        self._begin(Phase.BODY)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._is_refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._begin(Phase.NOTHING)
        if not self._is_refused:
            super().on_message_complete()

    def _begin(self, phase: Phase) -> None:
        self._phase, self._received, self._since = phase, 0, self.loop.time()

    def _wait(self, seconds: float) -> None:
        self._timer = self.loop.call_later(seconds, self._look)

    def _look(self) -> None:
        """Whether what is being received comes on."""
        self._timer = None
        if self._phase is Phase.NOTHING or self.transport.is_closing():
            return
        in_head = self._phase is Phase.HEAD
        seconds = self.HEAD_SECONDS if in_head else self.BODY_SECONDS + self._received / self.LEAST_RATE
        left = self._since + seconds - self.loop.time()
        if left > 0 or self._waits_for_us(in_head=in_head):
            self._wait(max(left, self.HEAD_SECONDS / 20))
        else:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)

    def _waits_for_us(self, *, in_head: bool) -> bool:
        """Whether not the client is slow but we are: nothing is read, or an earlier request is not answered yet."""
        unanswered = self.cycle is not None and not self.cycle.response_complete
        return self.flow.read_paused or bool(self.pipeline) or (in_head and unanswered)

    def _refuse(self, status: HTTPStatus) -> None:
        self._is_refused = True
        in_head = self._phase is Phase.HEAD
        # A connection on which nothing ever came is closed without a word; one cannot answer twice.
        if self._received if in_head else not self.cycle.response_started:
            text = (
                f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            )
            self.transport.write(text.encode())
        self.transport.close()
