"""A channel over a provider's HTTP API: several requests at once, each over a connection that is kept open."""

from __future__ import annotations

import json
import queue
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from rapport.channels.pace import Pace
from rapport.channels.protocol import Message, Outcome, Result
from rapport.core.services import outbound
from rapport.core.services.outbound import Session

Send = Callable[[Session, Message], Outcome]
"""Hands over one message; raises nothing."""
TIMEOUT = 30.0
MAX_WAIT = 3600.0
MAX_REST = 5.0


class HttpChannel:
    """Sends over `capacity` connections at once, at most `rate` messages a second (0: as fast as it goes)."""

    def __init__(self, key: str, send: Send, *, capacity: int = 8, rate: float = 0) -> None:
        self.key = key
        self.capacity = max(1, capacity)
        self._send = send
        self._pace = Pace(rate)
        self._sessions: queue.LifoQueue[Session] = queue.LifoQueue()
        for _ in range(self.capacity):
            self._sessions.put(Session(timeout=TIMEOUT))
        self._threads = ThreadPoolExecutor(self.capacity, thread_name_prefix=key)

    def deliver(self, messages: Sequence[Message]) -> list[Outcome]:
        """One outcome per message, in order."""
        if len(messages) == 1:
            return [self._deliver(messages[0])]
        return list(self._threads.map(self._deliver, messages))

    def close(self) -> None:
        self._threads.shutdown(wait=True)
        while not self._sessions.empty():
            self._sessions.get().close()

    def _deliver(self, message: Message) -> Outcome:
        self._pace.turn()
        session = self._sessions.get()
        try:
            outcome = self._send(session, message)
        finally:
            self._sessions.put(session)
        if outcome.result is Result.RETRY:
            self._pace.rest(min(outcome.retry_after or 1.0, MAX_REST))
        return outcome


def call(
    session: Session,
    method: str,
    url: str,
    *,
    body: bytes,
    headers: Mapping[str, str],
    read: Callable[[outbound.Answer], Outcome],
) -> Outcome:
    """Asks the provider once and reads its answer. A request that went out without an answer is uncertain."""
    try:
        answer = session.request(method, url, body=body, headers=headers)
    except outbound.Refused as error:
        return Outcome(Result.UNREACHABLE, "", str(error))
    except outbound.Unreachable as error:
        if error.sent:
            return Outcome(Result.UNCERTAIN, "", f"no answer after the message was sent: {error}")
        return Outcome(Result.UNREACHABLE, "", f"no connection: {error}")
    return read(answer)


def by_status(answer: outbound.Answer, detail: str = "") -> Outcome:
    """What a status alone says, when the provider's own words are of no help.

    After 500, 502 and 504 the message may have been taken all the same.
    """
    code, words = str(answer.status), detail or answer.text[:300]
    if answer.status in {429, 503}:
        return Outcome(Result.RETRY, code, words, retry_after=retry_after(answer))
    if answer.status == 401:
        return Outcome(Result.UNREACHABLE, code, words)
    if answer.status >= 500 or answer.status < 300:
        return Outcome(Result.UNCERTAIN, code, words)
    return Outcome(Result.REFUSED, code, words)


def retry_after(answer: outbound.Answer) -> float | None:
    """The header of that name in seconds, at most an hour."""
    try:
        return min(max(float(answer.headers.get("retry-after", "")), 0.0), MAX_WAIT)
    except ValueError:
        return None


def json_of(answer: outbound.Answer) -> dict[str, Any]:
    """The object an answer holds; an empty one when it holds something else."""
    return json_object(answer.text)


def json_object(text: str | bytes) -> dict[str, Any]:
    """The object that is written there; an empty one when it is something else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
