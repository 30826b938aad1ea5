"""Handing messages to a provider's API, several at once over connections that stay open."""

from __future__ import annotations

import queue
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from anymail.backends.base_requests import AnymailRequestsBackend
from anymail.exceptions import AnymailError

from rapport.channels.email.providers import answers, messages
from rapport.channels.email.providers.sessions import GuardedSession
from rapport.channels.protocol import Message, Outcome, Result

Post = Callable[[Message], Outcome]
TIMEOUT = 30.0


class ProviderChannel:
    """Sends over `capacity` requests at once; `connect()` makes what posts one message at a time."""

    key = "email"

    def __init__(self, connect: Callable[[], Post], capacity: int) -> None:
        self.capacity = max(1, capacity)
        self._posts: queue.LifoQueue[Post] = queue.LifoQueue()
        for _ in range(self.capacity):
            self._posts.put(connect())
        self._threads = ThreadPoolExecutor(self.capacity, thread_name_prefix="provider")

    def deliver(self, messages: Sequence[Message]) -> list[Outcome]:
        """One outcome per message, in order."""
        if len(messages) == 1:
            return [self._deliver(messages[0])]
        return list(self._threads.map(self._deliver, messages))

    def close(self) -> None:
        self._threads.shutdown(wait=True)

    def _deliver(self, message: Message) -> Outcome:
        post = self._posts.get()
        try:
            return post(message)
        finally:
            self._posts.put(post)


def anymail_post(
    backend: type[AnymailRequestsBackend],
    options: Mapping[str, Any],
    headers: Mapping[str, str],
    *,
    untracked: bool,
) -> Callable[[], Post]:
    """What makes a post through a backend of anymail, with the settings of one account."""

    def connect() -> Post:
        way = backend(**options)
        way.session = GuardedSession(TIMEOUT)

        def post(message: Message) -> Outcome:
            try:
                mail = messages.anymail_message(message, dict(headers))
                if untracked:
                    mail.track_opens = mail.track_clicks = False
                way.send_messages([mail])
            except AnymailError as error:
                return answers.of_failure(error)
            return Outcome(Result.ACCEPTED, "", "", str(mail.anymail_status.message_id or "")[:254])

        return post

    return connect


def capacity(settings: Mapping[str, Any]) -> int:
    """How many requests go at once."""
    return min(int(settings.get("connections") or 8), 64)
